# What the pages say besides what the mails say, in English. Other languages fall back to it, message by message.

## The frame of every page

skip = Skip to the page
all_newsletters = All newsletters
house_rule = No pictures that watch you, and no one else’s scripts.

## Leaving

leave_ask_title = Leave { $newsletter }?
leave_ask_text = For { $address }. Nothing has changed yet: opening a link never changes anything here.
leave_button = Leave { $newsletter }
leave_change_instead = Change hours and topics instead
leave_left_title = You have left { $newsletter }
leave_left_text = No more of it will come to { $address }, not even what was already in the queue.
leave_saved = Saved at { $time }.
leave_slip = Was that a slip?
leave_undo = Undo
leave_back_title = You get it as before
leave_back_text = What you took away comes to { $address } again, as it did.
leave_less_head = Or have less of it
leave_weekly_head = Once a week
leave_weekly_what = What mattered in the week, in one mail
leave_weekly_button = Weekly instead
leave_weekly_title = { $newsletter } comes once a week
leave_weekly_text = To { $address }, and with the week’s stories in it.
leave_followed_head = Only what I follow
leave_followed_what = { $what }. Nothing on days without them
leave_followed_any = Nothing on days without it
leave_followed_more = { $first } and { $count } more
leave_followed_button = Only these
leave_followed_title = Of { $newsletter } you get only what you follow
leave_followed_text = On days without it, no mail comes to { $address }.
leave_pause_head = Not now
leave_pause_text = It comes back by itself on { $date }
leave_pause_button = Pause for a month
leave_paused_title = { $newsletter } is paused
leave_paused_text = Nothing of it comes to { $address } until { $date }. Then it comes back by itself.
leave_why_head = Why, if you like
leave_why_legend = Why you left. You need not answer.
leave_why_many = Too many mails
leave_why_about = Not about what I care for
leave_why_known = I had read it all on the site
leave_why_never = I never asked for it
leave_why_words = In your words
leave_why_hint = Who makes { $newsletter } can read this. You are out either way.
leave_why_send = Send
leave_why_none = Tick one of these, or write why
leave_why_long = Write at most { $count } characters
leave_why_kept = Your answer is kept. Was leaving a slip?
leave_still_head = You still get
leave_all_button = Leave everything
leave_all_title = You have left everything
leave_all_text = No newsletter, offer or notice will come to { $address }, from now on.
leave_all_slip = Until { $date } you can have it all back as it was.
leave_settings = All settings
leave_gone_title = There is nothing left to leave
leave_gone_text = The address that this mail went to, or the newsletter, is not here any more. Nothing of it will come.

## Reading in the browser

read_gone_title = This mail is not kept any more
read_gone_text = We keep what is needed to show a mail for a while only. The stories themselves are on the paper’s site.
archive_title = Issues to read
archive_text = What these newsletters brought, without what was only for one reader or for subscribers.
archive_empty = None yet. An issue stands here once it has gone out.
sample_why = This is { $newsletter } as it came out. Whoever joins gets it by mail.
sample_why_followed = This is { $newsletter } as it came to who follows every section. Whoever joins chooses what to follow, and gets it by mail.
sample_join = Join { $newsletter }

## Where there is no page

error_not_found_title = There is no such page
error_not_found_text = Nothing has changed. If you typed the address, look at it once more; if you followed a link in a mail, it may have been cut in two: copy all of it.
error_bad_link_title = This link is not whole
error_bad_link_text = A mail program may have cut it, or a character is missing. Nothing has changed. Open the mail once more and press the link in it, or copy all of it.
error_no_session_title = The time of this link is over
error_no_session_text = A link in a mail opens this for half an hour. Nothing has changed since. Press the link in the mail again. If you came here right from it, your browser keeps no cookies: allow this site its one.
error_limited_title = This needs a fresh link
error_limited_text = A mail can be forwarded, so the link in it can do little. Go back and have a fresh one sent to your address.
error_too_many_title = That was too often
error_too_many_text = Nothing has changed. { $count ->
    [one] Try again in a minute.
   *[other] Try again in { $count } minutes.
}
error_many_saves_title = That was too many changes
error_many_saves_text = Within an hour { $most } changes were saved here, so this one was not. { $count ->
    [one] Try again in a minute.
   *[other] Try again in { $count } minutes.
} You can leave at any time.
error_elsewhere_title = This did not come from our page
error_elsewhere_text = Another site sent this form, so nothing was done. If you meant it, open the link in the mail and press the button there.
error_other_link_title = This page belongs to another link
error_other_link_text = Since it was opened, this browser has opened a link of another mail. Nothing has changed. Open the link of this page once more, and press again.
error_bad_form_title = Something is missing here
error_bad_form_text = Part of what the page sends did not come through, so nothing was done. Go back, load the page anew, and press again.
error_too_long_title = That was too long
error_too_long_text = Nothing was saved. Go back, shorten what you wrote, and press again.
error_not_now_title = We could not save that
error_not_now_text = Nothing has changed. The fault is ours, and we know of it. Try again in a minute.
error_broken_title = We could not do that
error_broken_text = Nothing has changed. The fault is ours, and it is written down for us. Try again in a minute.

## Signing up

signup_title = The paper, by mail, when you want it
signup_lede = { $count ->
    [one] One newsletter, free to read.
   *[other] { $count } newsletters, free to read.
} Tick what you like, give one address, press once. No password, now or later.
signup_nothing = There is no newsletter to join at the moment.
signup_daily = Every day
signup_weekly = Every week
signup_seldom = Now and then
signup_when = { $days } at { $time }
signup_when_several = { $days }, from { $time } on
signup_when_own = { $when }, or at your hour
signup_when_zone = { $when }, { $zone }
signup_when_next = next on { $date } at { $time }
signup_when_instant = as it happens
signup_when_offer = when there is one
signup_latest = The latest issue
signup_latest_of = The latest issue of { $newsletter }
signup_chosen = chosen
signup_newsletters = Newsletters
signup_address = Your email address
signup_trap = Leave this empty
signup_go = Sign up
signup_mail = We send one mail with a button. Nothing else comes until you press it, and if you never do, we forget the address in three days.
signup_use = We use the address for what you ticked and nothing else.
signup_hold = What we hold and why
signup_hold_what = Your address, what you ticked, the words of this page, when you pressed, and the network you came from without its last part. They show that it was you who asked.
signup_hold_until = When you leave, no more mail comes. A link in every mail shows you all that we hold, gives it to you, and erases it; then only a hash of the address stays, so that we only write to it again when it is signed up anew.

signup_error = Error: { $title }
signup_mend = { $count ->
    [one] One thing to mend
   *[other] { $count } things to mend
}
signup_none = Tick at least one newsletter
signup_unknown = There is no newsletter called { $newsletter } that can be joined here
signup_address_empty = Write your email address
signup_address_at = Write the whole address, with its @, as in name@example.org
signup_address_domain = Write all that stands after the @, as in example.org
signup_address_wrong = Write the bare address, as in name@example.org
signup_address_mail = No mail arrives at { $domain }: look at what stands after the @
signup_meant = Did you mean { $address }?

sent_title = Now look in your mail
sent_text = We sent a button to { $address }. Press it, and { $newsletters } { $count ->
    [one] begins
   *[other] begin
}.
sent_when = It should be there within a minute, from { $sender }. Until you press it, nothing else comes.
sent_head = Nothing there?
sent_junk = Look in the folder for junk. If it is there, move it to your inbox: later issues will follow it.
sent_stopped = If you once asked us to forget this address, or called a mail of ours spam, we may not write to it. Then write to us, at { $write }.
sent_again = Send it again
sent_other = Use another address
sent_hourly = Once an hour at most, so that no one can fill your inbox with these.
sent_meant_go = Send it to { $address }
sent_role = { $local } is often a mailbox that several people read. Each of them could press the button, or leave. An address of your own is safer.
sent_nobody = Nobody reads most mailboxes that are called { $local }. If that is so with this one, use another address.

confirm_title = One press to confirm
confirm_text = You, or someone who typed your address, asked for { $count ->
    [one] this
   *[other] these
} at { $address }:
confirm_then = then { $days }
confirm_not = Was it not you? Do nothing. No mail will come, and on { $date } we forget the address.
confirm_gone_title = This button is used up
confirm_gone_text = It works for three days, and not after you have left again. Nothing has changed. If you still want a newsletter, sign up once more.
confirm_stopped_title = We may not write to this address
confirm_stopped_text = A mail of ours was called spam there, or the paper has stopped it. Nothing has changed. To come back, write to us, at { $write }.
done_title = You are on the list
done_text = The first { $count ->
    [one] one comes at this time
   *[other] ones come at these times
}, { $zone }:
done_before_text = It is confirmed already, and there is nothing left to do. { $count ->
    [one] The next one comes at this time
   *[other] The next ones come at these times
}, { $zone }:
done_choose = Choose hours and topics
done_change = Change newsletters and hours
done_saved = Saved on { $date } at { $time }, with the words you were shown. Every mail has a link to leave, and one to this.

join_title = Join { $newsletters }
join_text = The site of { $paper } says that you are { $address }. One press, and { $count ->
    [one] it begins
   *[other] they begin
}:
join_go = Join
join_use = We use the address for this and nothing else. Every mail has a link to leave.
join_used_title = This link has been used
join_used_text = If it was you who pressed, there is nothing to do. Whatever else you want, you can choose here, or go back to the site and press there again.
join_old_title = This link is too old
join_old_text = It works for a short time only. Nothing has changed. Go back to the site and press there again.

embed_code_title = This form on your own page
embed_code_text = Copy one of the two. Your page must be named in web.embed_origins.
embed_code_frame = In a frame
embed_code_form = As a form of your page
## The preferences

language_name = English
prefs_title = Your newsletters
prefs_title_saved = Saved: Your newsletters
prefs_title_error = Error: Your newsletters
prefs_lede = Sent to { $address }. Joining and leaving count at once. Anything else is saved when you press Save beside it, and a line here says so.
prefs_lede_limited = Sent to { $address }. A mail can be forwarded, so this link shows little and can do little: newsletters, hours, pauses, and whether only what you follow comes. For the rest we send a fresh one.
prefs_saved_at = Saved at { $time }.
prefs_undo = Undo
prefs_erasing = You asked to be forgotten: on { $date } everything is erased. If you join a newsletter here, it is kept.
prefs_erasing_keep = Keep everything
prefs_erasing_locked = It is kept, too, by the button in the mail that we sent you about it, or by the one that stands here once you come by a fresh link.
prefs_nav = On this page
prefs_nav_yours = Yours
prefs_count = { $count ->
    [one] You get one
   *[other] You get { $count }
}
prefs_none = You get no newsletters
prefs_none_text = Nothing will come until you join one below.
prefs_meta = Comes { $when }
prefs_comes_at = { $days } at { $time }, { $zone }
prefs_comes_own = whenever it is published
prefs_comes_instant = as soon as there is news
prefs_comes_unfollowed = once you follow something, and not before
prefs_comes_offers = when there is something to tell
prefs_comes_followed = { $when }, with only what you follow
prefs_paused = Paused until { $date }
prefs_details = When it comes and what is in it
prefs_when = When it comes
prefs_how_often = How often
prefs_cadence_scheduled = As published
prefs_cadence_daily = Daily
prefs_cadence_weekly = Weekly
prefs_cadence_instant = At once
prefs_keeps = As published, it keeps its own hour: { $time }, { $zone }.
prefs_at = At
prefs_zone = Your time zone
prefs_zone_now = { $zone }, now { $time }
prefs_on = On
prefs_save = Save
prefs_save_when = : when { $newsletter } comes
prefs_save_only = : what is in { $newsletter }
prefs_save_limit = : the limit
prefs_save_offers = : offers
prefs_save_notices = : notices
prefs_save_language = : the language
prefs_save_name = : the name
prefs_kept_at = Saved at { $time }
prefs_kept_on = Saved on { $date }
prefs_leave = Leave
prefs_join = Join
prefs_follows = You follow
prefs_follows_none = Nothing in particular.
prefs_only_how = Once you follow something here, you can have only that.
prefs_mutes = You mute
prefs_mute_wins = Mute always wins, even over a writer you follow.
prefs_kind_section = Section
prefs_kind_topic = Topic
prefs_kind_author = Writer
prefs_kind_keyword = Word in the headline or summary
prefs_kind_since = { $kind }, since { $date }
prefs_quoted = “{ $word }”
prefs_remove = Remove
prefs_add = Add a section, topic, writer or word
prefs_follow = Follow
prefs_mute = Mute
prefs_in = : in { $newsletter }
prefs_only = What is in it
prefs_only_no = All of it
prefs_only_yes = Only what I follow
prefs_only_hint = With only what you follow, no mail comes on days without it. What the paper thinks everyone should read is left out, too, unless it is about that.
prefs_beat = { $kind }, { $count ->
    [one] one story a week
   *[other] { $count } stories a week
}
prefs_week = What comes this week
prefs_week_none = Nothing
prefs_week_followed = { $newsletter }, if it has what you follow
prefs_week_held = { $newsletter }, held by your limit
prefs_week_text = Only what comes at a set time is here. What your limit holds back is kept for the next issue.
prefs_more = More to join
prefs_less = Limit and pause
prefs_limit = Limit
prefs_limit_label = Send me at most
prefs_limit_none = as many as there are
prefs_limit_mails = { $count ->
    [one] one mail a week
   *[other] { $count } mails a week
}
prefs_limit_hint = Mails about your account do not count.
prefs_pause = Pause
prefs_pause_what = What
prefs_pause_all = Everything
prefs_pause_until = Until
prefs_pause_week = { $date }, a week from now
prefs_pause_month = { $date }, a month from now
prefs_pause_day = Another day
prefs_pause_day_label = The other day
prefs_pause_nothing = Nothing is paused
prefs_pause_now = Paused now
prefs_pause_state = { $newsletter }, until { $date }
prefs_resume = Go on
prefs_offers = Offers
prefs_offers_notices = Offers and notices
prefs_offers_legend = Offers you want
prefs_notices = Notices
prefs_notices_legend = Notices you want
prefs_notice_replies = Replies to my comments
prefs_notice_replies_hint = Gathered for an hour, so ten replies are one mail.
prefs_notice_moderation = My comment was published or declined
prefs_notice_moderation_hint = Once for each comment.
prefs_notice_saved = My saved stories
prefs_notice_saved_hint = And at once if one of them is corrected.
prefs_notice_meter = My free stories are used up
prefs_notice_meter_hint = At most once a month.
prefs_data = Address and data
prefs_data_open = Open until { $time }, because you came by a fresh link. Then locked again.
prefs_address = Change your address
prefs_address_new = New address
prefs_address_hint = We send a link there and tell the old address. Until you press the link, nothing changes.
prefs_address_waiting = { $address } waits for its link to be pressed, until { $date } at { $time }. Until then nothing changes.
prefs_address_button = Send the link
prefs_language = Language
prefs_language_label = Mails and pages in
prefs_language_own = each newsletter’s own
prefs_name = Your name
prefs_name_label = Greet me as
prefs_name_hint = Leave it empty, and mails greet you without a name.
prefs_held = Your data
prefs_held_text = Your address, what you chose and when, every mail we sent you and what became of it.
prefs_held_read = Read it
prefs_held_download = Download it
prefs_forget = Be forgotten
prefs_forget_text = Stops all mail now and erases all of it on { $date }. You can change your mind until then. We keep one scrambled mark of your address, so that we only write to it again when it is signed up anew.
prefs_forget_button = Erase everything about me
prefs_locked = Address and data are locked
prefs_locked_text = We send a link to { $address }. It opens them, and what you follow, for half an hour.
prefs_locked_button = Send me a fresh link
prefs_leave_all = Leave everything
prefs_leave_all_text = All newsletters, offers and notices stop at once, also those that are already on their way out of the door. You can undo it for 30 days, and everything will be as it was.
prefs_did_join = You now get { $newsletter }. It comes { $when }.
prefs_did_leave = You have left { $newsletter }.
prefs_did_when = { $newsletter } now comes { $when }.
prefs_did_follow = You follow { $what } in { $newsletter }.
prefs_did_mute = { $newsletter } brings nothing of { $what } any more.
prefs_did_forget = In { $newsletter } you neither follow nor mute { $what }.
prefs_did_only = Of { $newsletter } you get only what you follow, and no mail on days without it.
prefs_did_not_only = { $newsletter } brings all of it again, not only what you follow.
prefs_did_limit = { $count ->
    [one] At most one mail a week comes.
   *[other] At most { $count } mails a week come.
}
prefs_did_no_limit = Your mails have no limit.
prefs_did_pause = { $newsletter } is paused until { $until }.
prefs_did_pause_all = Everything is paused until { $until }.
prefs_did_resume = { $newsletter } comes again.
prefs_did_resume_all = Nothing is paused any more.
prefs_did_offers = You hear of offers.
prefs_did_no_offers = You hear of no more offers.
prefs_did_notices = You get the notices that are ticked.
prefs_did_language = Mails and pages are in this language now.
prefs_did_name = Mails greet you as { $name }.
prefs_did_no_name = Mails greet you without a name.
prefs_did_leave_all = You have left everything. Nothing will come any more.
prefs_did_erase = All mail has stopped, and everything is erased on { $date }. A mail about it is on its way to you.
prefs_did_undo = It is as it was before.
prefs_did_set = It was changed.
prefs_note_same = Nothing to change: it is so already.
prefs_note_late = There is nothing left to undo: it was changed since, or more than 30 days ago.
prefs_note_link = Sent to { $address }. The link in it is good for half an hour.
prefs_note_often = We have sent links to { $address } within the hour. Look for them once more, or try again in an hour.
prefs_note_address = Look into the mailbox of the new address: if it can have mail from us, a link is there. It is good for a day. Until it is pressed, nothing changes.
prefs_error_newsletter = You do not get this newsletter any more. Join it first.
prefs_error_cadence = It does not come so. Choose one of those that are shown.
prefs_error_no_day = Tick at least one day.
prefs_error_many_days = Weekly is on one day: tick only one.
prefs_error_hour = Choose a time of day.
prefs_error_zone = Choose one of the time zones.
prefs_error_term = Write a section, topic, writer or word.
prefs_error_nothing_followed = Follow something here first, then you can have only that.
prefs_error_many_terms = You follow and mute 200 things here. Remove one first.
prefs_error_budget = Choose one of the numbers.
prefs_error_pause_past = Choose a day after today.
prefs_error_pause_long = Choose a day within a year. To stop for longer, leave.
prefs_error_pause_by_mail = By the link of a mail, a pause lasts a month at most. Choose an earlier day, or have a fresh link sent, further down, for a longer one.
prefs_error_language = Choose one of the languages.
prefs_error_name = Write a name of at most 100 characters.
prefs_error_address = Write the whole address, as in asha@example.org.
prefs_error_same_address = Your mails go to this address already. Write another one.
prefs_error_many_moves = You asked for three changes today. Try again tomorrow.
prefs_data_title = What we hold of you
prefs_data_lede = All of it, for { $address }, whom we know since { $since }. The newest stands first.
prefs_data_back = Back to your newsletters
prefs_data_reader = You
prefs_data_address = Address
prefs_data_tier = Subscription
prefs_data_free = none
prefs_data_premium = paid
prefs_data_consent = Consent
prefs_data_history = What you chose, and when
prefs_data_answers = Why you left
prefs_data_moves = Changes of address
prefs_data_waiting = Waiting for your yes
prefs_data_softs = Mails that did not get through for now
prefs_data_soft = Your mailbox did not take a mail.
prefs_data_stopped = Why we do not write to this address
prefs_data_stopped_hard-bounce = Mails came back: the mailbox does not exist.
prefs_data_stopped_soft-bounces = Mails came back again and again.
prefs_data_stopped_complaint = A mail was called spam at your mailbox.
prefs_data_stopped_erased = Your data were erased.
prefs_data_stopped_manual = The paper decided so.
prefs_data_returned = What came back without saying of which mail
prefs_data_mails = Mails
prefs_data_none = Nothing.
prefs_data_newest = These are the newest { $count }. The file has all of it.
prefs_data_at = { $date }, { $time }
prefs_data_joined = Joined { $newsletter }
prefs_data_left = Left { $newsletter }
prefs_data_shown = You pressed { $words }.
prefs_data_proof = The record, word for word: { $record }
prefs_data_by_signup = By the sign-up page, and the button in the mail that followed
prefs_data_by_embed = By our form on another page, and the button in the mail that followed
prefs_data_by_site = By the form of a site, and the button in the mail that followed
prefs_data_by_member = By a link of the paper’s own site
prefs_data_by_leave = On the page behind the link to leave of a mail
prefs_data_by_mail = On the page of your newsletters, by the link of a mail
prefs_data_by_fresh = On the page of your newsletters, by a fresh link
prefs_data_by_undo = By the button of a mail that undoes it
prefs_data_by_click = By the button of your mail program
prefs_data_by_letter = By a mail that asked to leave
prefs_data_by_complaint = Because a mail was called spam at your mailbox
prefs_data_by_paper = By the paper
prefs_data_by_file = Taken over by the paper from a file: { $file }
prefs_data_from = { $by }, from the network { $network }
prefs_data_answer = Left { $newsletter }, and said why
prefs_data_move_asked = From { $from } to { $to }: asked for, not confirmed
prefs_data_move_done = From { $from } to { $to }: done
prefs_data_move_back = From { $from } to { $to }: done, and taken back
prefs_data_is = { $what }: { $value }
prefs_data_same = No choice changed.
prefs_data_zone_own = Hours are meant in each newsletter’s own time zone.
prefs_data_quiet = No mail comes from { $from } to { $to }.
prefs_data_quiet_own = Quiet hours are each newsletter’s own.
prefs_data_notices_off = Notices you do not want
prefs_data_notices_all = You want every notice.
prefs_data_comes = { $newsletter } comes: { $when }
prefs_data_usual_time = at its usual time
prefs_data_usual_days = on its usual days
prefs_data_not_follow = You no longer follow { $what } in { $newsletter }.
prefs_data_not_mute = You no longer mute { $what } in { $newsletter }.
prefs_data_try = Try { $count }
prefs_data_try_uncertain = the connection broke after the mail was handed over, so it may have been sent
prefs_data_try_refused = the mail server refused us, and we try later
prefs_data_try_later = the mail server asked us to try later
prefs_data_try_broke = the connection broke before the mail was handed over
prefs_data_mail_said = { $what }. The server’s words: { $words }
prefs_data_mail_planned = Put together
prefs_data_mail_queued = It is to leave
prefs_data_mail_sending = Being handed over
prefs_data_mail_accepted = Accepted by the mail server that passes it on
prefs_data_mail_deferred = The next try
prefs_data_mail_failed = Could not be sent
prefs_data_mail_skipped = Not sent
prefs_data_mail_uncertain = Perhaps sent
prefs_data_mail_bounced = Came back
prefs_data_mail_complained = Called spam at your mailbox
prefs_data_mail_cancelled = Called off
prefs_data_mail_suppressed = Held back
prefs_data_mail_expired = Too late to be sent
prefs_data_mail_delayed = Still on its way: the server of your mailbox has not taken it yet
prefs_data_mail_left = You wrote to leave
prefs_data_reason_no_stories = no story since the last one was for you
prefs_data_reason_too_late = its time was long past when we came to it
prefs_data_reason_paused = you had paused it
prefs_data_reason_left = you had left before it could leave
prefs_data_reason_erased = your data were erased before it could leave
prefs_data_reason_suppressed = we must not write to your address
prefs_data_reason_expired = its time passed before the mail server could take it
prefs_data_reason_called_off = the paper called the issue off
prefs_data_reason_refused = the mail server refused it
prefs_data_reason_gave_up = the mail server asked us to try later, until we gave up
prefs_data_reason_no_reply = the connection broke after the mail was handed over, before an answer came
prefs_data_reason_killed = our program was stopped while it was handing the mail over
prefs_data_reason_not_allowed = the paper is testing, and writes to a few addresses only
prefs_data_reason_not_rendered = we could not put it together; the fault is ours
prefs_data_reason_retracted = every story in it was taken back before it could leave
prefs_data_reason_limit = your limit was reached; what it held is kept for the next issue
prefs_data_reason_letters = the mail server cannot write to addresses with letters like those in yours
prefs_data_reason_too_large = it is larger than the mail server takes
prefs_data_reason_no_mailbox = the mailbox does not exist
prefs_data_reason_mailbox_full = the mailbox is full
prefs_data_reason_not_wanted = the server of your mailbox does not want it
prefs_data_reason_came_back = it could not be brought to your mailbox
prefs_data_reason_nothing_followed = no story since the last one was about what you follow
prefs_move_ask_title = Is this your new address?
prefs_move_ask_text = From now on all mails that go to { $from } will come to { $to }. The old address is told, and can take it back for a week.
prefs_move_button = Yes, send them here
prefs_move_done_title = Your address is changed
prefs_move_done_text = All mails come here from now on. The old address has been told, and can take it back for a week.
prefs_move_taken_title = This address gets newsletters already
prefs_move_taken_text = It has choices of its own, so nothing has changed. Leave those newsletters first, or have them erased, and ask again.
prefs_move_suppressed_title = We must not write to this address
prefs_move_suppressed_text = A mail of ours was called spam there, or the paper has stopped it. Nothing has changed. Ask for another address, or answer a mail of the paper.
prefs_move_over_title = This link is used up
prefs_move_over_text = The address was changed by it already, another change was asked for since, or it is too old. Ask once more on the page of your newsletters.
prefs_undo_ask_title = Undo it?
prefs_undo_ask_text = Everything that was left or changed then will be as it was before.
prefs_undo_ask_erase_title = Keep everything?
prefs_undo_ask_erase_text = Nothing will be erased, and your newsletters will come as before.
prefs_undo_ask_move_title = Take the change of address back?
prefs_undo_ask_move_text = Your mails will come to this address again. The link of the new address opens nothing any more.
prefs_undo_button = Undo it
prefs_undo_done_title = It is as it was before
prefs_undo_done_text = Your newsletters will come again as you chose.
prefs_undo_moved_title = Your mails come to this address again
prefs_undo_moved_text = The other address gets nothing any more. If somebody else asked for the change, they may have read a mail of yours: do not pass mails with your fresh link on.
prefs_undo_over_title = There is nothing left to undo
prefs_undo_over_text = It has been undone or changed since, or it is too long ago. The link at the foot of any of our mails opens your newsletters.

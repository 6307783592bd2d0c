# What the pages say besides what the mails say, in English. Other languages fall back to it, message by message.

## The frame of every page

skip = Skip to the page
all_newsletters = All newsletters
house_rule = No pictures that watch you, and no one else’s scripts.

## Where there is no page

error_not_found_title = There is no such page
error_not_found_text = Nothing has changed. If you typed the address, look at it once more; if you followed a link in a mail, it may have been cut in two: copy all of it.
error_bad_link_title = This link is not whole
error_bad_link_text = A mail program may have cut it, or a character is missing. Nothing has changed. Open the mail once more and press the link in it, or copy all of it.
error_old_link_title = This link is too old
error_old_link_text = It was made on { $date }. Leaving by the same mail still works; for the rest, use the link in a newer one.
error_no_session_title = The time of this link is over
error_no_session_text = A link in a mail opens this for half an hour. Nothing has changed since. Press the link in the mail again. If you came here right from it, your browser keeps no cookies: allow this site its one.
error_limited_title = This needs a fresh link
error_limited_text = A mail can be forwarded, so the link in it can do little. Go back and have a fresh one sent to your address.
error_too_many_title = That was too often
error_too_many_text = Nothing has changed. { $count ->
    [one] Try again in a minute.
   *[other] Try again in { $count } minutes.
}
error_elsewhere_title = This did not come from our page
error_elsewhere_text = Another site sent this form, so nothing was done. If you meant it, open the link in the mail and press the button there.
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
signup_hold_until = When you leave, no more mail comes. A link in every mail shows you all that we hold, gives it to you, and erases it; then only a hash of the address stays, so that nobody writes to it again.

signup_error = Error: { $title }
signup_mend = { $count ->
    [one] One thing to mend
   *[other] { $count } things to mend
}
signup_none = Tick at least one newsletter
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
confirm_stopped_text = A mail of ours was called spam there, or its reader was forgotten, or the paper has stopped it. Nothing has changed. To come back, write to us, at { $write }.
done_title = You are on the list
done_text = The first { $count ->
    [one] one comes at this time
   *[other] ones come at these times
}, { $zone }:
done_choose = Choose hours and topics
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

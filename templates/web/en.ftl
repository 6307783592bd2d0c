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

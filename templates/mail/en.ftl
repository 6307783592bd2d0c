# What the mails say by themselves, in English. Other languages fall back to it, message by message.

## Stories

browser = Read it in the browser
read = Read the story
premium = Premium
premium_note = For subscribers
followed = You follow this
followed_text = you follow this
correction = Correction
more = And { $count ->
    [one] one more
   *[other] { $count } more
} on the site

## Greetings: until noon, until six, and after

greeting_morning = Good morning, { $name }.
greeting_morning_plain = Good morning.
greeting_day = Good afternoon, { $name }.
greeting_day_plain = Good afternoon.
greeting_evening = Good evening, { $name }.
greeting_evening_plain = Good evening.

## The foot

why = You get { $newsletter } because you joined it.
why_since = You get { $newsletter } because you joined it on { $since }.
schedule_own = You asked for it whenever it comes out.
schedule_instant = You asked for it as soon as there is news.
schedule_at = You asked for it { $days } at { $time }, { $zone }.
change = Change what comes, and when
pause = Pause it
leave = Leave { $newsletter }
privacy = We do not record what you open.

## Offers

offer = an offer from { $paper }
offer_why = You get this because you asked to hear of offers before they are open to all.
offer_why_since = You get this because you asked, on { $since }, to hear of offers before they are open to all.
offer_change = Change what comes
offer_leave = No more offers
code = Your code. It works once.
shared_code = The code. It is the same for everyone.
from_now = From now
times = Times are { $zone }.
terms = The terms, all of them

## Notices: confirm a sign-up, a fresh link, a new address, told to the old one, left by the link in a mail's foot

notice_confirm_subject = Confirm: { $newsletters }
notice_confirm_head = One press to confirm
notice_confirm_text = You, or someone who typed your address, asked for { $newsletters }. Nothing comes before you say yes.
notice_confirm_go = Yes, send me { $count ->
    [one] this
   *[other] these
}
notice_confirm_not = Was it not you? Do nothing. No mail will come, and we forget the address.

notice_link_subject = Your link to all your settings
notice_link_head = Your link to all your settings
notice_link_text = You asked { $paper } for a fresh link. It opens everything: your newsletters, your address, and what we hold of you.
notice_link_go = Open my settings
notice_link_not = Was it not you? Do nothing, nothing has changed. Do not pass this mail on: the link opens your settings for anyone.

notice_address_subject = Confirm your new address
notice_address_head = Is this your new address?
notice_address_text = A reader of { $paper } asked us to send their mails here from now on. Nothing changes before you say yes.
notice_address_go = Yes, send them here
notice_address_not = Was it not you? Do nothing. No more mail will come to this address.

notice_changed_subject = Your address has been changed
notice_changed_head = Your address has been changed
notice_changed_text = From now on your mails from { $paper } go to { $address }, where it was confirmed.
notice_changed_go = Take it back
notice_changed_not = Was it you? Then there is nothing to do. If it was not, take it back, and your mails come here again.
notice_changed_write = Was it you? Then there is nothing to do. If it was not, answer this mail.

notice_left_subject = You have left { $newsletters }
notice_left_head = You have left { $newsletters }
notice_left_text = Someone pressed the link at the foot of a mail that we sent to you. No more of { $newsletters } will come.
notice_left_go = Undo
notice_left_not = Was it you? Then there is nothing to do. If it was not, you may have passed a mail on, and someone pressed its link. Undo brings back all as it was.

notice_erasing_subject = What we hold of you will be erased
notice_erasing_head = What we hold of you will be erased
notice_erasing_text = You asked { $paper } to forget you. All mail has stopped. Until the time below you can change your mind; after that nothing is left but one scrambled mark of your address, so that we only write to it again when it is signed up anew.
notice_erasing_go = Keep everything
notice_erasing_not = Was it you? Then there is nothing to do. If it was not, press the button, and all is as it was.

notice_from = The request came from the network { $network }.
notice_until = It works until { $until }.
notice_why = This mail answers what was done at { $paper } with this address. It comes by itself, and once.

## Sentences

comma = ,
full_stop = .
list_end = { $first } and { $last }
list_others = { $first } and { $count ->
    [one] one other
   *[other] { $count } others
}

## Dates and times. $hh and $mm have two digits; $hour, $hour12 and $minute are numbers; $part is night, morning,
## afternoon or evening, from 20, 4, 12 and 16 o'clock.

date_long = { $weekday } { $day } { $month } { $year }
date_short = { $day } { $month } { $year }
date_moment = { $weekday_short } { $day }, { $time }
time = { $hh }:{ $mm }
zone = { $place } time
zone_utc = UTC

days_all = every day
days_work = on weekdays
days_weekend = at weekends
days_some = on { $days }

days_1 = Mondays
days_2 = Tuesdays
days_3 = Wednesdays
days_4 = Thursdays
days_5 = Fridays
days_6 = Saturdays
days_7 = Sundays

weekday_1 = Monday
weekday_2 = Tuesday
weekday_3 = Wednesday
weekday_4 = Thursday
weekday_5 = Friday
weekday_6 = Saturday
weekday_7 = Sunday

weekday_short_1 = Mon
weekday_short_2 = Tue
weekday_short_3 = Wed
weekday_short_4 = Thu
weekday_short_5 = Fri
weekday_short_6 = Sat
weekday_short_7 = Sun

month_1 = January
month_2 = February
month_3 = March
month_4 = April
month_5 = May
month_6 = June
month_7 = July
month_8 = August
month_9 = September
month_10 = October
month_11 = November
month_12 = December

## Numbers: the ten digits, what stands between groups, and how many digits a group has, from the right

number_digits = 0123456789
number_separator = ,
number_groups = 3

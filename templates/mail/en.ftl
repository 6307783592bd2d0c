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

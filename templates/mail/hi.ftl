# What the mails say by themselves, in Hindi.

## Stories

browser = ब्राउज़र में पढ़ें
read = पूरी ख़बर पढ़ें
premium = प्रीमियम
premium_note = केवल सब्सक्राइबर पाठकों के लिए
followed = आप इसे फ़ॉलो करते हैं
followed_text = आप इसे फ़ॉलो करते हैं
correction = भूल सुधार
more = वेबसाइट पर { $count ->
    [one] एक ख़बर और
   *[other] { $count } ख़बरें और
}

## Greetings: until noon, until six, and after

greeting_morning = सुप्रभात, { $name }।
greeting_morning_plain = सुप्रभात।
greeting_day = नमस्कार, { $name }।
greeting_day_plain = नमस्कार।
greeting_evening = शुभ संध्या, { $name }।
greeting_evening_plain = शुभ संध्या।

## The foot

why = आपने { $newsletter } की सदस्यता ली है, इसलिए यह न्यूज़लेटर आपको मिल रहा है।
why_since = आपने { $since } को { $newsletter } की सदस्यता ली थी, इसलिए यह न्यूज़लेटर आपको मिल रहा है।
schedule_own = आपने चुना है कि यह जब भी प्रकाशित हो, आपको भेजा जाए।
schedule_instant = आपने चुना है कि ख़बर आते ही आपको भेजी जाए।
schedule_at = आपने इसके लिए { $days } { $time } का समय चुना है ({ $zone })।
change = क्या और कब मिले, यह बदलें
pause = कुछ समय के लिए रोकें
leave = { $newsletter } की सदस्यता छोड़ें
privacy = आप क्या खोलते हैं, हम इसका कोई रिकॉर्ड नहीं रखते।

## Offers

offer = { $paper } की ओर से एक ऑफ़र
offer_why = आपने कहा था कि ऑफ़र सबके लिए खुलने से पहले आपको बताए जाएँ, इसलिए यह ईमेल आपको भेजा गया है।
offer_why_since = आपने { $since } को कहा था कि ऑफ़र सबके लिए खुलने से पहले आपको बताए जाएँ, इसलिए यह ईमेल आपको भेजा गया है।
offer_change = क्या मिले, यह बदलें
offer_leave = अब ऑफ़र न भेजें
code = आपका कोड। यह एक ही बार चलेगा।
shared_code = कोड। यह सबके लिए एक ही है।
from_now = अभी से
times = सभी समय { $zone } के अनुसार हैं।
terms = सभी शर्तें

## Sentences

comma = ,
full_stop = ।
list_end = { $first } और { $last }
list_others = { $first } और { $count ->
    [one] एक अन्य
   *[other] { $count } अन्य
}

## Dates and times. Newspapers count twelve hours and name the part of the day: "सुबह 6:30 बजे", "शाम 7 बजे".
## \u00A0 is a space that does not break.

date_long = { $weekday }, { $day } { $month } { $year }
date_short = { $day } { $month } { $year }
date_moment = { $weekday_short } { $day }, { $time }
time = { $part ->
    [morning] सुबह
    [afternoon] दोपहर
    [evening] शाम
   *[night] रात
} { $hour12 }{ $minute ->
    [0] { "" }
   *[other] :{ $mm }
}{ "\u00A0" }बजे
zone = { $place } समय
zone_utc = यूटीसी समय
zone_asia_kolkata = भारतीय समय
zone_asia_calcutta = भारतीय समय
zone_asia_dubai = दुबई समय
zone_asia_kathmandu = नेपाली समय
zone_europe_london = लंदन समय
zone_america_new_york = न्यूयॉर्क समय

days_all = हर दिन
days_work = सोमवार से शुक्रवार
days_weekend = शनिवार और रविवार
days_some = हर { $days }

days_1 = सोमवार
days_2 = मंगलवार
days_3 = बुधवार
days_4 = गुरुवार
days_5 = शुक्रवार
days_6 = शनिवार
days_7 = रविवार

weekday_1 = सोमवार
weekday_2 = मंगलवार
weekday_3 = बुधवार
weekday_4 = गुरुवार
weekday_5 = शुक्रवार
weekday_6 = शनिवार
weekday_7 = रविवार

weekday_short_1 = सोम
weekday_short_2 = मंगल
weekday_short_3 = बुध
weekday_short_4 = गुरु
weekday_short_5 = शुक्र
weekday_short_6 = शनि
weekday_short_7 = रवि

month_1 = जनवरी
month_2 = फ़रवरी
month_3 = मार्च
month_4 = अप्रैल
month_5 = मई
month_6 = जून
month_7 = जुलाई
month_8 = अगस्त
month_9 = सितंबर
month_10 = अक्टूबर
month_11 = नवंबर
month_12 = दिसंबर

## Numbers: newspapers write 0 to 9, and group by thousand, then by hundred: 12,34,567

number_digits = 0123456789
number_separator = ,
number_groups = 3 2

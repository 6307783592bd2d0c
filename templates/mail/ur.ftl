# What the mails say by themselves, in Urdu.

## Stories

browser = براؤزر میں پڑھیں
read = پوری خبر پڑھیں
premium = پریمیم
premium_note = صرف سبسکرائبرز کے لیے
followed = آپ اسے فالو کرتے ہیں
followed_text = آپ اسے فالو کرتے ہیں
correction = تصحیح
more = ویب سائٹ پر { $count ->
    [one] ایک اور خبر
   *[other] مزید { $count } خبریں
}

## Greetings: until noon, until six, and after

greeting_morning = صبح بخیر، { $name }۔
greeting_morning_plain = صبح بخیر۔
greeting_day = آداب، { $name }۔
greeting_day_plain = آداب۔
greeting_evening = شام بخیر، { $name }۔
greeting_evening_plain = شام بخیر۔

## The foot

why = آپ نے { $newsletter } سبسکرائب کیا ہے، اس لیے یہ نیوز لیٹر آپ کو مل رہا ہے۔
why_since = آپ نے { $since } کو { $newsletter } سبسکرائب کیا تھا، اس لیے یہ نیوز لیٹر آپ کو مل رہا ہے۔
schedule_own = آپ نے چنا ہے کہ یہ جب بھی شائع ہو، آپ کو بھیجا جائے۔
schedule_instant = آپ نے چنا ہے کہ خبر آتے ہی آپ کو بھیجی جائے۔
schedule_at = آپ نے اس کے لیے { $days } { $time } کا وقت چنا ہے ({ $zone })۔
change = کیا اور کب ملے، یہ تبدیل کریں
pause = کچھ عرصے کے لیے روک دیں
leave = { $newsletter } کی سبسکرپشن ختم کریں
privacy = آپ کیا کھولتے ہیں، ہم اس کا کوئی ریکارڈ نہیں رکھتے۔

## Offers

offer = { $paper } کی طرف سے ایک آفر
offer_why = آپ نے کہا تھا کہ آفرز سب کے لیے کھلنے سے پہلے آپ کو بتائی جائیں، اس لیے یہ ای میل آپ کو بھیجی گئی ہے۔
offer_why_since = آپ نے { $since } کو کہا تھا کہ آفرز سب کے لیے کھلنے سے پہلے آپ کو بتائی جائیں، اس لیے یہ ای میل آپ کو بھیجی گئی ہے۔
offer_change = کیا ملے، یہ تبدیل کریں
offer_leave = مزید آفرز نہ بھیجیں
code = آپ کا کوڈ۔ یہ صرف ایک بار استعمال ہو سکتا ہے۔
shared_code = کوڈ۔ یہ سب کے لیے ایک ہی ہے۔
from_now = ابھی سے
times = تمام اوقات { $zone } کے مطابق ہیں۔
terms = تمام شرائط

## اطلاعات

notice_confirm_subject = براہِ کرم تصدیق کیجیے: { $newsletters }
notice_confirm_head = تصدیق کے لیے صرف ایک بار دبائیے
notice_confirm_text = آپ نے، یا کسی نے جس نے آپ کا پتا لکھا، { $newsletters } منگوایا ہے۔ جب تک آپ ہاں نہیں کہتے، کچھ نہیں آئے گا۔
notice_confirm_go = جی ہاں، مجھے بھیجیے
notice_confirm_not = یہ آپ نے نہیں کیا؟ تو کچھ نہ کیجیے۔ کوئی میل نہیں آئے گی، اور ہم یہ پتا بھلا دیں گے۔

notice_link_subject = آپ کی تمام ترتیبات کا لنک
notice_link_head = آپ کی تمام ترتیبات کا لنک
notice_link_text = آپ نے { $paper } سے نیا لنک مانگا تھا۔ یہ سب کچھ کھولتا ہے: آپ کے نیوز لیٹر، آپ کا پتا، اور آپ کے بارے میں جو کچھ ہمارے پاس ہے۔
notice_link_go = میری ترتیبات کھولیے
notice_link_not = یہ آپ نے نہیں کیا؟ تو کچھ نہ کیجیے، کچھ نہیں بدلا۔ یہ میل کسی کو آگے نہ بھیجیے: یہ لنک آپ کی ترتیبات ہر کسی کے لیے کھول دیتا ہے۔

notice_address_subject = براہِ کرم اپنے نئے پتے کی تصدیق کیجیے
notice_address_head = کیا یہ آپ کا نیا پتا ہے؟
notice_address_text = { $paper } کے ایک قاری نے کہا ہے کہ اب سے ان کی میلیں یہاں بھیجی جائیں۔ جب تک آپ ہاں نہیں کہتے، کچھ نہیں بدلے گا۔
notice_address_go = جی ہاں، یہاں بھیجیے
notice_address_not = یہ آپ نے نہیں کیا؟ تو کچھ نہ کیجیے۔ اس پتے پر اور کوئی میل نہیں آئے گی۔

notice_changed_subject = آپ کا پتا بدل دیا گیا ہے
notice_changed_head = آپ کا پتا بدل دیا گیا ہے
notice_changed_text = اب سے { $paper } کی میلیں { $address } پر جائیں گی۔ وہاں اس کی تصدیق ہو چکی ہے۔
notice_changed_go = واپس لیجیے
notice_changed_not = یہ آپ نے کیا؟ تو کچھ نہیں کرنا۔ نہیں کیا، تو اسے واپس لیجیے، اور آپ کی میلیں پھر یہیں آئیں گی۔
notice_changed_write = یہ آپ نے کیا؟ تو کچھ نہیں کرنا۔ نہیں کیا، تو اس میل کا جواب دیجیے۔

notice_left_subject = { $newsletters } اب آپ کو نہیں آئے گا
notice_left_head = { $newsletters } اب آپ کو نہیں آئے گا
notice_left_text = کسی نے آپ کو بھیجی گئی ایک میل کے نیچے کا لنک دبایا۔ اب { $newsletters } نہیں آئے گا۔
notice_left_go = واپس لیجیے
notice_left_not = یہ آپ نے کیا؟ تو کچھ نہیں کرنا۔ نہیں کیا، تو شاید آپ نے کوئی میل آگے بھیجی اور کسی نے اس کا لنک دبا دیا۔ واپس لینے سے سب پہلے جیسا ہو جائے گا۔

notice_erasing_subject = آپ کے بارے میں جو ہمارے پاس ہے، وہ مٹا دیا جائے گا
notice_erasing_head = آپ کے بارے میں جو ہمارے پاس ہے، وہ مٹا دیا جائے گا
notice_erasing_text = آپ نے { $paper } سے کہا ہے کہ آپ کو بھلا دیا جائے۔ تمام ای میلز رک گئی ہیں۔ نیچے دیے گئے وقت تک آپ ارادہ بدل سکتے ہیں؛ اس کے بعد آپ کے پتے کا صرف ایک ایسا نشان رہے گا جسے پڑھا نہیں جا سکتا، تاکہ ہم اس پر تبھی پھر لکھیں جب اسے دوبارہ سبسکرائب کیا جائے۔
notice_erasing_go = سب کچھ رہنے دیں
notice_erasing_not = کیا یہ آپ نے کیا تھا؟ تو کچھ کرنے کی ضرورت نہیں۔ اگر نہیں، تو بٹن دبائیں، اور سب پہلے جیسا ہو جائے گا۔

notice_from = درخواست { $network } نیٹ ورک سے آئی۔
notice_until = یہ { $until } تک کام کرے گا۔
notice_why = یہ میل اس کا جواب ہے جو { $paper } پر اس پتے سے کیا گیا۔ یہ خود بخود آتی ہے، اور ایک ہی بار۔

## Sentences

comma = ،
full_stop = ۔
list_end = { $first } اور { $last }
list_others = { $first } اور { $count ->
    [one] ایک دیگر
   *[other] { $count } دیگر
}

## Dates and times. Newspapers count twelve hours and name the part of the day: "صبح 6:30 بجے", "شام 7 بجے".
## \u00A0 is a space that does not break.

date_long = { $weekday }، { $day } { $month } { $year }
date_short = { $day } { $month } { $year }
date_moment = { $weekday_short } { $day }، { $time }
time = { $part ->
    [morning] صبح
    [afternoon] دوپہر
    [evening] شام
   *[night] رات
} { $hour12 }{ $minute ->
    [0] { "" }
   *[other] :{ $mm }
}{ "\u00A0" }بجے
zone = { $place } کے وقت
zone_utc = یو ٹی سی وقت
zone_asia_karachi = پاکستانی وقت
zone_asia_kolkata = بھارتی وقت
zone_asia_calcutta = بھارتی وقت
zone_asia_dubai = دبئی کے وقت
zone_asia_riyadh = سعودی وقت
zone_europe_london = لندن کے وقت
zone_america_new_york = نیویارک کے وقت

days_all = ہر روز
days_work = پیر سے جمعے تک
days_weekend = ہفتے اور اتوار کو
days_some = ہر { $days }

days_1 = پیر
days_2 = منگل
days_3 = بدھ
days_4 = جمعرات
days_5 = جمعے
days_6 = ہفتے
days_7 = اتوار

weekday_1 = پیر
weekday_2 = منگل
weekday_3 = بدھ
weekday_4 = جمعرات
weekday_5 = جمعہ
weekday_6 = ہفتہ
weekday_7 = اتوار

weekday_short_1 = پیر
weekday_short_2 = منگل
weekday_short_3 = بدھ
weekday_short_4 = جمعرات
weekday_short_5 = جمعہ
weekday_short_6 = ہفتہ
weekday_short_7 = اتوار

month_1 = جنوری
month_2 = فروری
month_3 = مارچ
month_4 = اپریل
month_5 = مئی
month_6 = جون
month_7 = جولائی
month_8 = اگست
month_9 = ستمبر
month_10 = اکتوبر
month_11 = نومبر
month_12 = دسمبر

## Numbers: newspapers write 0 to 9, and group by thousand

number_digits = 0123456789
number_separator = ,
number_groups = 3

# ای میل جو کہتی ہیں اس کے علاوہ صفحے کیا کہتے ہیں، اردو میں۔

## ہر صفحے کا ڈھانچا

skip = سیدھے صفحے پر جائیں
all_newsletters = تمام نیوز لیٹر
house_rule = نہ آپ پر نظر رکھنے والی تصویریں، نہ کسی اور کے اسکرپٹ۔

## چھوڑنا

leave_ask_title = { $newsletter } چھوڑیں؟
leave_ask_text = { $address } کے لیے۔ ابھی کچھ نہیں بدلا: یہاں لنک کھولنے سے کبھی کچھ نہیں بدلتا۔
leave_button = { $newsletter } چھوڑیں
leave_change_instead = اس کے بجائے وقت اور موضوع بدلیں
leave_left_title = آپ نے { $newsletter } چھوڑ دیا ہے
leave_left_text = { $address } پر اب اس میں سے کچھ نہیں آئے گا، وہ بھی نہیں جو قطار میں تھا۔
leave_saved = { $time } پر محفوظ ہوا۔
leave_slip = کیا یہ بھول سے ہوا؟
leave_undo = واپس لیں
leave_back_title = یہ آپ کو پہلے کی طرح ملے گا
leave_back_text = جو آپ نے ہٹایا تھا وہ { $address } پر پھر ویسے ہی آئے گا۔
leave_less_head = یا اسے کم پائیں
leave_weekly_head = ہفتے میں ایک بار
leave_weekly_what = ہفتے کی اہم باتیں، ایک ای میل میں
leave_weekly_button = ہفتہ وار کریں
leave_weekly_title = { $newsletter } ہفتے میں ایک بار آئے گا
leave_weekly_text = { $address } پر، ہفتے کی خبروں کے ساتھ۔
leave_followed_head = صرف وہی جو میں فالو کروں
leave_followed_what = { $what }۔ جس دن ان میں سے کچھ نہ ہو، کچھ نہیں آئے گا
leave_followed_any = جس دن اس میں سے کچھ نہ ہو، کچھ نہیں آئے گا
leave_followed_more = { $first } اور { $count } مزید
leave_followed_button = صرف یہ
leave_followed_title = { $newsletter } میں سے آپ کو صرف وہی ملے گا جو آپ فالو کرتے ہیں
leave_followed_text = { $address } پر، اور جس دن اس میں سے کچھ نہ ہو، کچھ نہیں آئے گا۔
leave_pause_head = ابھی نہیں
leave_pause_text = { $date } کو یہ خود ہی دوبارہ آنے لگے گا
leave_pause_button = ایک مہینہ روکیں
leave_paused_title = { $newsletter } رکا ہوا ہے
leave_paused_text = { $date } تک { $address } پر اس میں سے کچھ نہیں آئے گا۔ پھر یہ خود ہی آنے لگے گا۔
leave_why_head = کیوں، اگر بتانا چاہیں
leave_why_legend = آپ نے کیوں چھوڑا۔ جواب دینا ضروری نہیں۔
leave_why_many = بہت زیادہ ای میلیں
leave_why_about = میرے مطلب کی باتیں نہیں
leave_why_known = میں سب کچھ سائٹ پر پڑھ چکا تھا
leave_why_never = میں نے یہ کبھی مانگا ہی نہیں
leave_why_words = اپنے الفاظ میں
leave_why_hint = { $newsletter } بنانے والے اسے پڑھ سکتے ہیں۔ آپ ہر صورت میں باہر ہیں۔
leave_why_send = بھیجیں
leave_why_none = ان میں سے ایک چنیں، یا لکھیں کہ کیوں
leave_why_long = زیادہ سے زیادہ { $count } حروف لکھیں
leave_why_kept = آپ کا جواب رکھ لیا گیا ہے۔ کیا چھوڑنا بھول سے ہوا؟
leave_still_head = یہ اب بھی آتے ہیں
leave_all_button = سب کچھ چھوڑیں
leave_all_title = آپ نے سب کچھ چھوڑ دیا ہے
leave_all_text = اب سے { $address } پر کوئی نیوز لیٹر، پیشکش یا اطلاع نہیں آئے گی۔
leave_all_slip = { $date } تک آپ سب کچھ پہلے جیسا واپس پا سکتے ہیں۔
leave_settings = تمام ترتیبات
leave_gone_title = چھوڑنے کو کچھ نہیں بچا
leave_gone_text = جس پتے پر یہ ای میل گئی تھی وہ، یا یہ نیوز لیٹر، اب یہاں نہیں ہے۔ اس میں سے کچھ نہیں آئے گا۔

## براؤزر میں پڑھنا

read_gone_title = یہ ای میل اب محفوظ نہیں ہے
read_gone_text = ای میل دکھانے کے لیے جو چاہیے وہ ہم کچھ عرصہ ہی رکھتے ہیں۔ خبریں خود اخبار کی سائٹ پر ہیں۔
archive_title = پڑھنے کے لیے شمارے
archive_text = یہ نیوز لیٹر جو لائے، اس کے بغیر جو صرف کسی ایک قاری یا خریداروں کے لیے تھا۔
archive_empty = ابھی کوئی نہیں۔ بھیجے جانے کے بعد شمارہ یہاں ہوگا۔
sample_why = یہ { $newsletter } ہے، جیسا شائع ہوا تھا۔ جو شامل ہوتا ہے اسے یہ ای میل سے ملتا ہے۔
sample_why_followed = { $newsletter } ہر سیکشن فالو کرنے والوں کے پاس یوں آیا۔ شامل ہونے والے چنتے ہیں کہ کیا فالو کریں، اور انہیں یہ ای میل سے ملتا ہے۔
sample_join = { $newsletter } میں شامل ہوں

## جہاں کوئی صفحہ نہیں

error_not_found_title = ایسا کوئی صفحہ نہیں ہے
error_not_found_text = کچھ نہیں بدلا۔ اگر آپ نے پتا ٹائپ کیا ہے تو اسے ایک بار پھر دیکھیں؛ اگر آپ کسی ای میل کے لنک سے آئے ہیں تو وہ کٹ گیا ہوگا: اسے پورا نقل کریں۔
error_bad_link_title = یہ لنک پورا نہیں ہے
error_bad_link_text = ہو سکتا ہے کہ ای میل پروگرام نے اسے کاٹ دیا ہو یا کوئی حرف رہ گیا ہو۔ کچھ نہیں بدلا۔ ای میل دوبارہ کھولیں اور اس میں دیا گیا لنک دبائیں، یا اسے پورا نقل کریں۔
error_no_session_title = اس لنک کا وقت ختم ہو گیا
error_no_session_text = ای میل کا لنک اسے آدھے گھنٹے کے لیے کھولتا ہے۔ تب سے کچھ نہیں بدلا۔ ای میل کا لنک دوبارہ دبائیں۔ اگر آپ ابھی وہیں سے آئے ہیں تو آپ کا براؤزر کوکی نہیں رکھتا: اس سائٹ کو اس کی ایک کوکی رکھنے دیں۔
error_limited_title = اس کے لیے نیا لنک چاہیے
error_limited_text = ای میل آگے بھیجی جا سکتی ہے، اس لیے اس کا لنک کم ہی کر سکتا ہے۔ واپس جائیں اور اپنے پتے پر نیا لنک منگوائیں۔
error_too_many_title = یہ بہت بار ہو گیا
error_too_many_text = کچھ نہیں بدلا۔ { $count ->
    [one] ایک منٹ میں دوبارہ کوشش کریں۔
   *[other] { $count } منٹ میں دوبارہ کوشش کریں۔
}
error_many_saves_title = یہ بہت زیادہ تبدیلیاں تھیں
error_many_saves_text = ایک گھنٹے کے اندر یہاں { $most } تبدیلیاں محفوظ ہوئیں، اس لیے یہ محفوظ نہیں ہوئی۔ { $count ->
    [one] ایک منٹ میں دوبارہ کوشش کریں۔
   *[other] { $count } منٹ میں دوبارہ کوشش کریں۔
} چھوڑ آپ کسی بھی وقت سکتے ہیں۔
error_elsewhere_title = یہ ہمارے صفحے سے نہیں آیا
error_elsewhere_text = یہ فارم کسی اور سائٹ نے بھیجا، اس لیے کچھ نہیں کیا گیا۔ اگر آپ یہی چاہتے تھے تو ای میل کا لنک کھولیں اور وہاں بٹن دبائیں۔
error_other_link_title = یہ صفحہ کسی اور لنک کا ہے
error_other_link_text = اس کے کھلنے کے بعد اس براؤزر میں کسی اور ای میل کا لنک کھولا گیا۔ کچھ نہیں بدلا۔ اس صفحے کا لنک دوبارہ کھولیں اور بٹن پھر دبائیں۔
error_bad_form_title = یہاں کچھ رہ گیا ہے
error_bad_form_text = صفحہ جو بھیجتا ہے اس کا ایک حصہ نہیں پہنچا، اس لیے کچھ نہیں کیا گیا۔ واپس جائیں، صفحہ دوبارہ لوڈ کریں اور پھر دبائیں۔
error_too_long_title = یہ بہت لمبا تھا
error_too_long_text = کچھ محفوظ نہیں ہوا۔ واپس جائیں، جو لکھا ہے اسے چھوٹا کریں اور پھر دبائیں۔
error_not_now_title = ہم اسے محفوظ نہیں کر سکے
error_not_now_text = کچھ نہیں بدلا۔ غلطی ہماری ہے اور ہمیں معلوم ہے۔ ایک منٹ میں دوبارہ کوشش کریں۔
error_broken_title = ہم یہ نہیں کر سکے
error_broken_text = کچھ نہیں بدلا۔ غلطی ہماری ہے اور ہمارے لیے لکھ لی گئی ہے۔ ایک منٹ میں دوبارہ کوشش کریں۔

## سبسکرائب کرنا

signup_title = اخبار، ای میل سے، جب آپ چاہیں
signup_lede = { $count ->
    [one] ایک نیوز لیٹر، مفت۔
   *[other] { $count } نیوز لیٹر، مفت۔
} جو پسند ہو اس پر نشان لگائیں، ایک پتا دیں، ایک بار دبائیں۔ پاس ورڈ نہ ابھی، نہ بعد میں۔
signup_nothing = اس وقت سبسکرائب کرنے کے لیے کوئی نیوز لیٹر نہیں ہے۔
signup_daily = ہر روز
signup_weekly = ہر ہفتے
signup_seldom = کبھی کبھی
signup_when = { $days } { $time }
signup_when_several = { $days }، { $time } سے
signup_when_own = { $when }، یا آپ کے وقت پر
signup_when_zone = { $when }، { $zone }
signup_when_next = اگلی بار { $date } کو { $time }
signup_when_instant = خبر آتے ہی
signup_when_offer = جب کوئی آفر ہو
signup_latest = تازہ ترین شمارہ
signup_latest_of = تازہ ترین شمارہ: { $newsletter }
signup_chosen = منتخب
signup_newsletters = نیوز لیٹر
signup_address = آپ کا ای میل پتا
signup_trap = اسے خالی چھوڑ دیں
signup_go = سبسکرائب کریں
signup_mail = ہم ایک ای میل بھیجتے ہیں جس میں ایک بٹن ہوتا ہے۔ جب تک آپ اسے نہ دبائیں، اور کچھ نہیں آتا، اور اگر کبھی نہ دبائیں تو تین دن میں ہم پتا بھول جاتے ہیں۔
signup_use = پتا اسی کام آتا ہے جس پر آپ نے نشان لگایا، اور کسی کام نہیں۔
signup_hold = ہم کیا رکھتے ہیں اور کیوں
signup_hold_what = آپ کا پتا، آپ نے کس پر نشان لگایا، اس صفحے کے الفاظ، آپ نے کب دبایا، اور آپ کس نیٹ ورک سے آئے، اس کے آخری حصے کے بغیر۔ ان سے معلوم ہوتا ہے کہ آپ ہی نے مانگا تھا۔
signup_hold_until = جب آپ چھوڑ دیتے ہیں تو مزید ای میل نہیں آتی۔ ہر ای میل کا ایک لنک وہ سب دکھاتا ہے جو ہم رکھتے ہیں، آپ کو دیتا ہے، اور مٹا دیتا ہے؛ تب پتے کا صرف ایک ہیش رہتا ہے، تاکہ ہم اس پر تبھی پھر لکھیں جب اسے دوبارہ سبسکرائب کیا جائے۔

signup_error = غلطی: { $title }
signup_mend = { $count ->
    [one] ایک چیز درست کرنی ہے
   *[other] { $count } چیزیں درست کرنی ہیں
}
signup_none = کم از کم ایک نیوز لیٹر پر نشان لگائیں
signup_unknown = یہاں { $newsletter } نام کا کوئی نیوز لیٹر نہیں جس میں شامل ہوا جا سکے
signup_address_empty = اپنا ای میل پتا لکھیں
signup_address_at = پورا پتا لکھیں، @ کے ساتھ، جیسے name@example.org
signup_address_domain = @ کے بعد کا سب لکھیں، جیسے example.org
signup_address_wrong = صرف پتا لکھیں، جیسے name@example.org
signup_address_mail = { $domain } پر کوئی ای میل نہیں پہنچتی: دیکھیں کہ @ کے بعد کیا لکھا ہے
signup_meant = کیا آپ کا مطلب { $address } تھا؟

sent_title = اب اپنی ای میل دیکھیں
sent_text = ہم نے { $address } پر ایک بٹن بھیجا ہے۔ اسے دبائیں، اور { $count ->
    [one] یہ شروع ہوگا: { $newsletters }
   *[other] یہ شروع ہوں گے: { $newsletters }
}۔
sent_when = وہ ایک منٹ میں آ جانا چاہیے، { $sender } سے۔ جب تک آپ اسے نہ دبائیں، اور کچھ نہیں آئے گا۔
sent_head = کچھ نہیں آیا؟
sent_junk = اسپیم کے فولڈر میں دیکھیں۔ اگر وہاں ہو تو اسے ان باکس میں لے جائیں: بعد کے شمارے بھی وہیں آئیں گے۔
sent_stopped = اگر آپ نے کبھی ہم سے یہ پتا بھولنے کو کہا تھا، یا ہماری کسی ای میل کو اسپیم بتایا تھا، تو ہم اس پر نہیں لکھ سکتے۔ تب ہمیں لکھیں: { $write }۔
sent_again = دوبارہ بھیجیں
sent_other = دوسرا پتا دیں
sent_hourly = گھنٹے میں زیادہ سے زیادہ ایک بار، تاکہ کوئی آپ کا ان باکس ان سے نہ بھر سکے۔
sent_meant_go = { $address } پر بھیجیں
sent_role = { $local } اکثر ایسا پتا ہوتا ہے جسے کئی لوگ پڑھتے ہیں۔ ان میں سے کوئی بھی بٹن دبا سکتا ہے، یا چھوڑ سکتا ہے۔ اپنا ذاتی پتا بہتر ہے۔
sent_nobody = { $local } نام کے پتے اکثر کوئی نہیں پڑھتا۔ اگر یہاں بھی ایسا ہے تو دوسرا پتا دیں۔

confirm_title = تصدیق کے لیے ایک بار دبائیں
confirm_text = آپ نے، یا آپ کا پتا ٹائپ کرنے والے کسی اور نے، { $address } پر { $count ->
    [one] یہ مانگا ہے
   *[other] یہ مانگے ہیں
}:
confirm_then = پھر { $days }
confirm_not = کیا یہ آپ نہیں تھے؟ کچھ نہ کریں۔ کوئی ای میل نہیں آئے گی، اور { $date } کو ہم پتا بھول جائیں گے۔
confirm_gone_title = یہ بٹن اب کام نہیں کرتا
confirm_gone_text = وہ تین دن چلتا ہے، اور آپ کے چھوڑ دینے کے بعد نہیں۔ کچھ نہیں بدلا۔ اگر آپ اب بھی کوئی نیوز لیٹر چاہتے ہیں تو دوبارہ سبسکرائب کریں۔
confirm_stopped_title = ہم اس پتے پر نہیں لکھ سکتے
confirm_stopped_text = وہاں ہماری کسی ای میل کو اسپیم بتایا گیا، یا اخبار نے اسے روک دیا ہے۔ کچھ نہیں بدلا۔ واپس آنے کے لیے ہمیں لکھیں: { $write }۔
done_title = آپ فہرست میں ہیں
done_text = { $count ->
    [one] پہلا شمارہ اس وقت آئے گا
   *[other] پہلے شمارے ان اوقات پر آئیں گے
}، { $zone }:
done_before_text = اس کی تصدیق پہلے ہی ہو چکی ہے، اور کچھ کرنا باقی نہیں۔ { $count ->
    [one] اگلا شمارہ اس وقت آئے گا
   *[other] اگلے شمارے ان اوقات پر آئیں گے
}، { $zone }:
done_choose = وقت اور موضوع چنیں
done_change = نیوز لیٹر اور وقت بدلیں
done_saved = { $date } کو { $time } محفوظ کیا گیا، ان الفاظ کے ساتھ جو آپ نے دیکھے۔ ہر ای میل میں چھوڑنے کا ایک لنک ہے، اور ایک یہاں کا۔

join_title = { $newsletters } سبسکرائب کریں
join_text = { $paper } کی سائٹ بتاتی ہے کہ آپ { $address } ہیں۔ ایک بار دبائیں، اور { $count ->
    [one] یہ شروع ہوگا
   *[other] یہ شروع ہوں گے
}:
join_go = سبسکرائب کریں
join_use = پتا اسی کام آتا ہے، اور کسی کام نہیں۔ ہر ای میل میں چھوڑنے کا ایک لنک ہے۔
join_used_title = یہ لنک استعمال ہو چکا ہے
join_used_text = اگر آپ ہی نے دبایا تھا تو کچھ کرنے کی ضرورت نہیں۔ اور جو چاہیں وہ یہاں چن سکتے ہیں، یا سائٹ پر واپس جا کر وہاں دوبارہ دبائیں۔
join_old_title = یہ لنک بہت پرانا ہے
join_old_text = وہ تھوڑی ہی دیر چلتا ہے۔ کچھ نہیں بدلا۔ سائٹ پر واپس جائیں اور وہاں دوبارہ دبائیں۔

embed_code_title = یہ فارم آپ کے اپنے صفحے پر
embed_code_text = دونوں میں سے ایک نقل کریں۔ آپ کا صفحہ web.embed_origins میں ہونا چاہیے۔
embed_code_frame = فریم میں
embed_code_form = آپ کے صفحے کے فارم کے طور پر
## ترجیحات

language_name = اردو
prefs_title = آپ کے نیوز لیٹر
prefs_title_saved = محفوظ: آپ کے نیوز لیٹر
prefs_title_error = غلطی: آپ کے نیوز لیٹر
prefs_lede = یہ { $address } پر جاتے ہیں۔ شامل ہونا اور چھوڑنا فوراً لاگو ہوتا ہے۔ باقی سب تب محفوظ ہوتا ہے جب آپ اس کے پاس «محفوظ کریں» دبائیں، اور یہاں ایک سطر یہ بتاتی ہے۔
prefs_lede_limited = یہ { $address } پر جاتے ہیں۔ ای میل آگے بھیجی جا سکتی ہے، اس لیے یہ لنک کم دکھاتا ہے اور کم کر سکتا ہے: نیوز لیٹر، اوقات، وقفے، اور صرف فالو کیا ہوا۔ باقی کے لیے ہم نیا لنک بھیجتے ہیں۔
prefs_saved_at = { $time } پر محفوظ ہوا۔
prefs_undo = واپس لیں
prefs_erasing = آپ نے کہا ہے کہ آپ کو بھلا دیا جائے: { $date } کو سب کچھ مٹا دیا جائے گا۔ یہاں کسی نیوز لیٹر میں شامل ہونے پر سب رہے گا۔
prefs_erasing_keep = سب کچھ رہنے دیں
prefs_erasing_locked = اس کے بارے میں بھیجی گئی ای میل کے بٹن سے بھی سب رہے گا، اور اس بٹن سے بھی جو نئے لنک سے آنے پر یہاں نظر آتا ہے۔
prefs_nav = اس صفحے پر
prefs_nav_yours = آپ کے
prefs_count = { $count ->
    [one] آپ کو { $count } ملتا ہے
   *[other] آپ کو { $count } ملتے ہیں
}
prefs_none = آپ کو کوئی نیوز لیٹر نہیں ملتا
prefs_none_text = جب تک آپ نیچے کسی میں شامل نہ ہوں، کچھ نہیں آئے گا۔
prefs_meta = آتا ہے: { $when }
prefs_comes_at = { $days } { $time } ({ $zone })
prefs_comes_own = جب بھی شائع ہو
prefs_comes_instant = خبر آتے ہی
prefs_comes_unfollowed = جب آپ کچھ فالو کریں، اس سے پہلے نہیں
prefs_comes_offers = جب کچھ بتانے کو ہو
prefs_comes_followed = { $when }، صرف وہی جو آپ فالو کرتے ہیں
prefs_paused = { $date } تک رکا ہوا
prefs_details = کب آتا ہے اور اس میں کیا ہوتا ہے
prefs_when = کب آتا ہے
prefs_how_often = کتنی بار
prefs_cadence_scheduled = شائع ہونے پر
prefs_cadence_daily = روزانہ
prefs_cadence_weekly = ہفتہ وار
prefs_cadence_instant = فوراً
prefs_keeps = شائع ہونے پر اس کا اپنا وقت ہے: { $time } ({ $zone })۔
prefs_at = وقت
prefs_zone = آپ کا ٹائم زون
prefs_zone_now = { $zone }، اس وقت { $time }
prefs_on = دن
prefs_save = محفوظ کریں
prefs_save_when = : { $newsletter } کب آئے
prefs_save_only = : { $newsletter } میں کیا ہو
prefs_save_limit = : حد
prefs_save_offers = : آفرز
prefs_save_notices = : اطلاعات
prefs_save_language = : زبان
prefs_save_name = : نام
prefs_kept_at = { $time } پر محفوظ ہوا
prefs_kept_on = { $date } کو محفوظ ہوا
prefs_leave = چھوڑیں
prefs_join = شامل ہوں
prefs_follows = آپ فالو کرتے ہیں
prefs_follows_none = کچھ خاص نہیں۔
prefs_only_how = یہاں کچھ فالو کریں، تو آپ صرف وہی پا سکتے ہیں۔
prefs_mutes = آپ خاموش رکھتے ہیں
prefs_mute_wins = خاموشی ہمیشہ اوپر رہتی ہے، چاہے آپ لکھنے والے کو فالو کرتے ہوں۔
prefs_kind_section = سیکشن
prefs_kind_topic = موضوع
prefs_kind_author = لکھنے والا
prefs_kind_keyword = سرخی یا خلاصے میں لفظ
prefs_kind_since = { $kind }، { $date } سے
prefs_quoted = ”{ $word }“
prefs_remove = ہٹائیں
prefs_add = سیکشن، موضوع، لکھنے والا یا لفظ شامل کریں
prefs_follow = فالو کریں
prefs_mute = خاموش کریں
prefs_in = : { $newsletter } میں
prefs_only = اس میں کیا ہو
prefs_only_no = سب کچھ
prefs_only_yes = صرف وہی جو میں فالو کروں
prefs_only_hint = صرف فالو کیا ہوا چننے پر، جس دن آپ کے فالو کیے ہوئے میں سے کچھ نہ ہو، کوئی ای میل نہیں آتی۔ جو اخبار کے خیال میں سب کو پڑھنا چاہیے، وہ بھی تب تک نہیں آتا جب تک آپ اسے فالو نہ کریں۔
prefs_beat = { $kind }، { $count ->
    [one] ہفتے میں { $count } خبر
   *[other] ہفتے میں { $count } خبریں
}
prefs_week = اس ہفتے کیا آئے گا
prefs_week_none = کچھ نہیں
prefs_week_followed = { $newsletter }، اگر اس میں آپ کا فالو کیا ہوا کچھ ہو
prefs_week_held = { $newsletter }، آپ کی حد نے روکا
prefs_week_text = یہاں صرف وہ ہے جو مقررہ وقت پر آتا ہے۔ جو آپ کی حد روکتی ہے، وہ اگلے شمارے کے لیے رکھا جاتا ہے۔
prefs_more = مزید نیوز لیٹر
prefs_less = حد اور وقفہ
prefs_limit = حد
prefs_limit_label = مجھے زیادہ سے زیادہ بھیجیں
prefs_limit_none = جتنے بھی ہوں
prefs_limit_mails = { $count ->
    [one] ہفتے میں { $count } ای میل
   *[other] ہفتے میں { $count } ای میلز
}
prefs_limit_hint = آپ کے اکاؤنٹ کے بارے میں ای میلز نہیں گنی جاتیں۔
prefs_pause = روکیں
prefs_pause_what = کیا
prefs_pause_all = سب کچھ
prefs_pause_until = کب تک
prefs_pause_week = { $date }، ایک ہفتے کے لیے
prefs_pause_month = { $date }، ایک مہینے کے لیے
prefs_pause_day = کوئی اور دن
prefs_pause_day_label = وہ دن
prefs_pause_nothing = کچھ بھی رکا ہوا نہیں
prefs_pause_now = ابھی رکا ہوا
prefs_pause_state = { $newsletter }، { $date } تک
prefs_resume = پھر شروع کریں
prefs_offers = آفرز
prefs_offers_notices = آفرز اور اطلاعات
prefs_offers_legend = جو آفرز آپ چاہتے ہیں
prefs_notices = اطلاعات
prefs_notices_legend = جو اطلاعات آپ چاہتے ہیں
prefs_notice_replies = میرے تبصروں کے جواب
prefs_notice_replies_hint = ایک گھنٹے تک جمع کیے جاتے ہیں، تاکہ دس جواب ایک ای میل ہوں۔
prefs_notice_moderation = میرا تبصرہ شائع یا رد ہوا
prefs_notice_moderation_hint = ہر تبصرے کے لیے ایک بار۔
prefs_notice_saved = میری محفوظ کی ہوئی خبریں
prefs_notice_saved_hint = اور کسی میں تصحیح ہونے پر فوراً۔
prefs_notice_meter = میری مفت خبریں پوری ہو گئیں
prefs_notice_meter_hint = مہینے میں زیادہ سے زیادہ ایک بار۔
prefs_data = پتا اور ڈیٹا
prefs_data_open = { $time } تک کھلا، کیونکہ آپ نئے لنک سے آئے ہیں۔ پھر بند۔
prefs_address = اپنا پتا تبدیل کریں
prefs_address_new = نیا پتا
prefs_address_hint = ہم وہاں ایک لنک بھیجتے ہیں اور پرانے پتے کو بتاتے ہیں۔ جب تک آپ لنک نہ دبائیں، کچھ نہیں بدلتا۔
prefs_address_waiting = { $address } پر لنک دبائے جانے کا انتظار ہے، { $date }، { $time } تک۔ تب تک کچھ نہیں بدلتا۔
prefs_address_button = لنک بھیجیں
prefs_language = زبان
prefs_language_label = ای میلز اور صفحے اس زبان میں
prefs_language_own = ہر نیوز لیٹر کی اپنی زبان
prefs_name = آپ کا نام
prefs_name_label = مجھے اس نام سے پکاریں
prefs_name_hint = خالی چھوڑیں، تو ای میلز بغیر نام کے ہوں گی۔
prefs_held = آپ کا ڈیٹا
prefs_held_text = آپ کا پتا، آپ نے کیا اور کب چنا، آپ کو بھیجی گئی ہر ای میل اور اس کا کیا ہوا۔
prefs_held_read = پڑھیں
prefs_held_download = ڈاؤن لوڈ کریں
prefs_forget = بھلا دیا جانا
prefs_forget_text = تمام ای میلز ابھی رک جاتی ہیں اور { $date } کو سب کچھ مٹا دیا جاتا ہے۔ تب تک آپ ارادہ بدل سکتے ہیں۔ ہم آپ کے پتے کا ایک نہ پڑھا جا سکنے والا نشان رکھتے ہیں، تاکہ ہم اس پر تبھی پھر لکھیں جب اسے دوبارہ سبسکرائب کیا جائے۔
prefs_forget_button = میرے بارے میں سب کچھ مٹائیں
prefs_locked = پتا اور ڈیٹا بند ہیں
prefs_locked_text = ہم { $address } پر ایک لنک بھیجتے ہیں۔ وہ انہیں، اور جو آپ فالو کرتے ہیں اسے، آدھے گھنٹے کے لیے کھولتا ہے۔
prefs_locked_button = مجھے نیا لنک بھیجیں
prefs_leave_all = سب کچھ چھوڑیں
prefs_leave_all_text = تمام نیوز لیٹر، آفرز اور اطلاعات فوراً رک جاتی ہیں، وہ بھی جو نکلنے ہی والی ہیں۔ آپ اسے 30 دن تک واپس لے سکتے ہیں، اور سب پہلے جیسا ہو جائے گا۔
prefs_did_join = اب آپ کو { $newsletter } ملے گا۔ یہ آتا ہے: { $when }۔
prefs_did_leave = آپ نے { $newsletter } چھوڑ دیا ہے۔
prefs_did_when = { $newsletter } اب آتا ہے: { $when }۔
prefs_did_follow = آپ { $newsletter } میں { $what } فالو کرتے ہیں۔
prefs_did_mute = { $newsletter } میں اب { $what } کا کچھ نہیں آئے گا۔
prefs_did_forget = { $newsletter } میں آپ { $what } کو نہ فالو کرتے ہیں، نہ خاموش رکھتے ہیں۔
prefs_did_only = { $newsletter } میں سے آپ کو صرف وہی ملے گا جو آپ فالو کرتے ہیں، اور جس دن اس میں سے کچھ نہ ہو، کچھ نہیں آئے گا۔
prefs_did_not_only = { $newsletter } پھر سے سب کچھ لائے گا، صرف فالو کیا ہوا نہیں۔
prefs_did_limit = { $count ->
    [one] ہفتے میں زیادہ سے زیادہ { $count } ای میل آئے گی۔
   *[other] ہفتے میں زیادہ سے زیادہ { $count } ای میلز آئیں گی۔
}
prefs_did_no_limit = آپ کی ای میلز کی کوئی حد نہیں ہے۔
prefs_did_pause = { $newsletter } { $until } تک رکا ہے۔
prefs_did_pause_all = سب کچھ { $until } تک رکا ہے۔
prefs_did_resume = { $newsletter } پھر آئے گا۔
prefs_did_resume_all = اب کچھ بھی رکا ہوا نہیں ہے۔
prefs_did_offers = آپ کو آفرز بتائی جائیں گی۔
prefs_did_no_offers = آپ کو اب آفرز نہیں بتائی جائیں گی۔
prefs_did_notices = آپ کو وہ اطلاعات ملیں گی جو چنی گئی ہیں۔
prefs_did_language = ای میلز اور صفحے اب اس زبان میں ہیں۔
prefs_did_name = ای میلز آپ کو { $name } کہہ کر پکاریں گی۔
prefs_did_no_name = ای میلز بغیر نام کے ہوں گی۔
prefs_did_leave_all = آپ نے سب کچھ چھوڑ دیا ہے۔ اب کچھ نہیں آئے گا۔
prefs_did_erase = تمام ای میلز رک گئی ہیں، اور { $date } کو سب کچھ مٹا دیا جائے گا۔ اس کے بارے میں ایک ای میل آپ کے پاس آ رہی ہے۔
prefs_did_undo = سب پہلے جیسا ہے۔
prefs_did_set = یہ تبدیل کیا گیا۔
prefs_note_same = بدلنے کو کچھ نہیں: یہ پہلے سے ایسا ہی ہے۔
prefs_note_late = واپس لینے کو کچھ نہیں بچا: یہ تب سے بدل گیا ہے، یا 30 دن سے پرانا ہے۔
prefs_note_link = { $address } پر بھیجا گیا۔ اس کا لنک آدھے گھنٹے تک چلتا ہے۔
prefs_note_often = ہم نے پچھلے ایک گھنٹے میں { $address } پر لنک بھیجے ہیں۔ انہیں پھر تلاش کریں، یا ایک گھنٹے میں کوشش کریں۔
prefs_note_address = نئے پتے کا میل باکس دیکھیں: اگر ہم اسے لکھ سکتے ہیں، تو وہاں ایک لنک ہے۔ وہ ایک دن تک چلتا ہے۔ جب تک اسے دبایا نہ جائے، کچھ نہیں بدلتا۔
prefs_error_newsletter = یہ نیوز لیٹر اب آپ کو نہیں ملتا۔ پہلے اس میں شامل ہوں۔
prefs_error_cadence = یہ ایسے نہیں آتا۔ جو دکھائے گئے ہیں ان میں سے ایک چنیں۔
prefs_error_no_day = کم از کم ایک دن چنیں۔
prefs_error_many_days = ہفتہ وار کا مطلب ایک دن ہے: صرف ایک چنیں۔
prefs_error_hour = دن کا کوئی وقت چنیں۔
prefs_error_zone = کوئی ایک ٹائم زون چنیں۔
prefs_error_term = کوئی سیکشن، موضوع، لکھنے والا یا لفظ لکھیں۔
prefs_error_nothing_followed = پہلے یہاں کچھ فالو کریں، پھر آپ صرف وہی پا سکتے ہیں۔
prefs_error_many_terms = یہاں آپ 200 چیزیں فالو یا خاموش کرتے ہیں۔ پہلے ایک ہٹائیں۔
prefs_error_budget = کوئی ایک عدد چنیں۔
prefs_error_pause_past = آج کے بعد کا کوئی دن چنیں۔
prefs_error_pause_long = ایک سال کے اندر کا کوئی دن چنیں۔ اس سے زیادہ کے لیے چھوڑ دیں۔
prefs_error_pause_by_mail = ای میل کے لنک سے زیادہ سے زیادہ ایک مہینے تک روکا جا سکتا ہے۔ کوئی پہلے کا دن چنیں، یا زیادہ کے لیے نیچے سے نیا لنک منگوائیں۔
prefs_error_language = کوئی ایک زبان چنیں۔
prefs_error_name = زیادہ سے زیادہ 100 حروف کا نام لکھیں۔
prefs_error_address = پورا پتا لکھیں، جیسے asha@example.org۔
prefs_error_same_address = آپ کی ای میلز پہلے سے اسی پتے پر جاتی ہیں۔ دوسرا لکھیں۔
prefs_error_many_moves = آج آپ نے تین بار پتا بدلنے کو کہا ہے۔ کل پھر کوشش کریں۔
prefs_data_title = آپ کے بارے میں ہمارے پاس کیا ہے
prefs_data_lede = { $address } کا سب کچھ؛ ہم آپ کو { $since } سے جانتے ہیں۔ سب سے نیا سب سے اوپر ہے۔
prefs_data_back = واپس اپنے نیوز لیٹر پر
prefs_data_reader = آپ
prefs_data_address = پتا
prefs_data_tier = رکنیت
prefs_data_free = کوئی نہیں
prefs_data_premium = ادا شدہ
prefs_data_consent = رضامندی
prefs_data_history = آپ نے کیا اور کب چنا
prefs_data_answers = آپ نے کیوں چھوڑا
prefs_data_moves = پتے کی تبدیلیاں
prefs_data_waiting = آپ کی ہاں کے انتظار میں
prefs_data_softs = ای میلز جو ابھی نہیں پہنچیں
prefs_data_soft = آپ کے میل باکس نے ایک ای میل نہیں لی۔
prefs_data_stopped = ہم اس پتے پر کیوں نہیں لکھتے
prefs_data_stopped_hard-bounce = ای میلز واپس آئیں: یہ میل باکس ہے ہی نہیں۔
prefs_data_stopped_soft-bounces = ای میلز بار بار واپس آئیں۔
prefs_data_stopped_complaint = آپ کے میل باکس میں کسی ای میل کو اسپیم کہا گیا۔
prefs_data_stopped_erased = آپ کا ڈیٹا مٹا دیا گیا۔
prefs_data_stopped_manual = اخبار نے ایسا طے کیا۔
prefs_data_returned = جو واپس آیا مگر نہیں بتاتا کہ کس ای میل کا ہے
prefs_data_mails = ای میلز
prefs_data_none = کچھ نہیں۔
prefs_data_newest = یہ سب سے نئے { $count } ہیں۔ فائل میں سب کچھ ہے۔
prefs_data_at = { $date }، { $time }
prefs_data_joined = { $newsletter } میں شامل ہوئے
prefs_data_left = { $newsletter } چھوڑا
prefs_data_shown = آپ نے { $words } دبایا۔
prefs_data_proof = اندراج، لفظ بہ لفظ: { $record }
prefs_data_by_signup = سبسکرائب کرنے کے صفحے سے، اور اس کے بعد آنے والی ای میل کے بٹن سے
prefs_data_by_embed = کسی اور صفحے پر ہمارے فارم سے، اور اس کے بعد آنے والی ای میل کے بٹن سے
prefs_data_by_site = کسی سائٹ کے فارم سے، اور اس کے بعد آنے والی ای میل کے بٹن سے
prefs_data_by_member = اخبار کی اپنی سائٹ کے لنک سے
prefs_data_by_leave = ای میل کے چھوڑنے والے لنک کے صفحے پر
prefs_data_by_mail = آپ کے نیوز لیٹر کے صفحے پر، ای میل کے لنک سے
prefs_data_by_fresh = آپ کے نیوز لیٹر کے صفحے پر، نئے لنک سے
prefs_data_by_undo = ای میل کے اس بٹن سے جو اسے واپس لیتا ہے
prefs_data_by_click = آپ کے ای میل پروگرام کے بٹن سے
prefs_data_by_letter = چھوڑنے کا کہنے والی ای میل سے
prefs_data_by_complaint = کیونکہ آپ کے میل باکس میں کسی ای میل کو اسپیم کہا گیا
prefs_data_by_paper = اخبار کی طرف سے
prefs_data_by_file = اخبار نے ایک فائل سے لیا: { $file }
prefs_data_from = { $by }، نیٹ ورک { $network } سے
prefs_data_answer = { $newsletter } چھوڑا اور بتایا کہ کیوں
prefs_data_move_asked = { $from } سے { $to }: مانگا گیا، تصدیق نہیں ہوئی
prefs_data_move_done = { $from } سے { $to }: ہو گیا
prefs_data_move_back = { $from } سے { $to }: ہوا، اور واپس لیا گیا
prefs_data_is = { $what }: { $value }
prefs_data_same = کوئی انتخاب نہیں بدلا گیا۔
prefs_data_zone_own = اوقات ہر نیوز لیٹر کے اپنے ٹائم زون کے ہیں۔
prefs_data_quiet = { $from } سے { $to } تک کوئی ای میل نہیں آتی۔
prefs_data_quiet_own = خاموشی کے اوقات ہر نیوز لیٹر کے اپنے ہیں۔
prefs_data_notices_off = جو اطلاعات آپ نہیں چاہتے
prefs_data_notices_all = آپ تمام اطلاعات چاہتے ہیں۔
prefs_data_comes = { $newsletter } آتا ہے: { $when }
prefs_data_usual_time = اپنے معمول کے وقت پر
prefs_data_usual_days = اپنے معمول کے دنوں پر
prefs_data_not_follow = اب آپ { $newsletter } میں { $what } فالو نہیں کرتے۔
prefs_data_not_mute = اب آپ { $newsletter } میں { $what } خاموش نہیں رکھتے۔
prefs_data_try = کوشش { $count }
prefs_data_try_uncertain = ای میل حوالے کیے جانے کے بعد کنکشن ٹوٹ گیا، اس لیے شاید وہ بھیجی گئی ہو
prefs_data_try_refused = میل سرور نے ہمیں انکار کر دیا، اور ہم بعد میں کوشش کرتے ہیں
prefs_data_try_later = میل سرور نے بعد میں کوشش کرنے کو کہا
prefs_data_try_broke = ای میل حوالے کیے جانے سے پہلے کنکشن ٹوٹ گیا
prefs_data_mail_said = { $what }۔ سرور کے الفاظ: { $words }
prefs_data_mail_planned = تیار کی گئی
prefs_data_mail_queued = اسے روانہ ہونا ہے
prefs_data_mail_sending = حوالے کی جا رہی ہے
prefs_data_mail_accepted = آگے بھیجنے والے میل سرور نے قبول کی
prefs_data_mail_deferred = اگلی کوشش
prefs_data_mail_failed = بھیجی نہیں جا سکی
prefs_data_mail_skipped = نہیں بھیجی گئی
prefs_data_mail_uncertain = شاید بھیجی گئی
prefs_data_mail_bounced = لوٹ آئی
prefs_data_mail_complained = آپ کے میل باکس میں اسپیم کہی گئی
prefs_data_mail_cancelled = منسوخ کی گئی
prefs_data_mail_suppressed = روکی گئی
prefs_data_mail_expired = بھیجنے کے لیے بہت دیر ہو گئی
prefs_data_mail_delayed = ابھی راستے میں: آپ کے میل باکس کے سرور نے اسے ابھی نہیں لیا
prefs_data_mail_left = آپ نے ای میل لکھ کر چھوڑا
prefs_data_reason_no_stories = پچھلی ای میل کے بعد کوئی خبر آپ کے لیے نہیں تھی
prefs_data_reason_too_late = جب ہم اس تک پہنچے، اس کا وقت بہت پہلے گزر چکا تھا
prefs_data_reason_paused = آپ نے اسے روک رکھا تھا
prefs_data_reason_left = اس کے روانہ ہونے سے پہلے آپ نے چھوڑ دیا تھا
prefs_data_reason_erased = اس کے روانہ ہونے سے پہلے آپ کا ڈیٹا مٹا دیا گیا
prefs_data_reason_suppressed = ہم آپ کے پتے پر نہیں لکھ سکتے
prefs_data_reason_expired = میل سرور کے اسے لینے سے پہلے اس کا وقت گزر گیا
prefs_data_reason_called_off = اخبار نے یہ شمارہ منسوخ کر دیا
prefs_data_reason_refused = میل سرور نے اسے لینے سے انکار کر دیا
prefs_data_reason_gave_up = میل سرور بعد میں کوشش کرنے کو کہتا رہا، اور آخر ہم نے چھوڑ دیا
prefs_data_reason_no_reply = ای میل حوالے کیے جانے کے بعد، جواب آنے سے پہلے، کنکشن ٹوٹ گیا
prefs_data_reason_killed = ای میل حوالے کرتے وقت ہمارا پروگرام بند ہو گیا
prefs_data_reason_not_allowed = اخبار آزمائش کر رہا ہے، اور صرف چند پتوں پر لکھتا ہے
prefs_data_reason_not_rendered = ہم اسے تیار نہیں کر سکے؛ غلطی ہماری ہے
prefs_data_reason_retracted = اس کے روانہ ہونے سے پہلے اس کی ہر خبر واپس لے لی گئی
prefs_data_reason_limit = آپ کی حد پوری ہو گئی تھی؛ جو اس میں تھا، وہ اگلے شمارے کے لیے رکھا گیا ہے
prefs_data_reason_letters = میل سرور آپ کے پتے جیسے حروف والے پتوں پر نہیں لکھ سکتا
prefs_data_reason_too_large = میل سرور جتنا لیتا ہے، یہ اس سے بڑی ہے
prefs_data_reason_no_mailbox = یہ میل باکس ہے ہی نہیں
prefs_data_reason_mailbox_full = میل باکس بھرا ہوا ہے
prefs_data_reason_not_wanted = آپ کے میل باکس کا سرور اسے نہیں چاہتا
prefs_data_reason_came_back = اسے آپ کے میل باکس تک نہیں پہنچایا جا سکا
prefs_data_reason_nothing_followed = پچھلی ای میل کے بعد کوئی خبر اس بارے میں نہیں تھی جو آپ فالو کرتے ہیں
prefs_move_ask_title = کیا یہ آپ کا نیا پتا ہے؟
prefs_move_ask_text = اب سے { $from } پر جانے والی تمام ای میلز { $to } پر آئیں گی۔ پرانے پتے کو بتایا جائے گا، اور وہ ایک ہفتے تک اسے واپس لے سکتا ہے۔
prefs_move_button = ہاں، یہیں بھیجیں
prefs_move_done_title = آپ کا پتا بدل گیا ہے
prefs_move_done_text = اب سے تمام ای میلز یہاں آئیں گی۔ پرانے پتے کو بتا دیا گیا ہے، اور وہ ایک ہفتے تک اسے واپس لے سکتا ہے۔
prefs_move_taken_title = اس پتے پر پہلے سے نیوز لیٹر آتے ہیں
prefs_move_taken_text = اس کی اپنی ترجیحات ہیں، اس لیے کچھ نہیں بدلا۔ پہلے وہاں سب چھوڑیں یا مٹائیں، پھر دوبارہ کہیں۔
prefs_move_suppressed_title = ہم اس پتے پر نہیں لکھ سکتے
prefs_move_suppressed_text = وہاں ہماری کسی ای میل کو اسپیم بتایا گیا، یا اخبار نے اسے روک دیا ہے۔ کچھ نہیں بدلا۔ کوئی اور پتا لیں، یا اخبار کی کسی ای میل کا جواب دیں۔
prefs_move_over_title = یہ لنک استعمال ہو چکا ہے
prefs_move_over_text = پتا اس سے بدلا جا چکا ہے، تب سے کوئی اور تبدیلی مانگی گئی ہے، یا یہ بہت پرانا ہے۔ اپنے نیوز لیٹر کے صفحے پر پھر کہیں۔
prefs_undo_ask_title = کیا اسے واپس لیں؟
prefs_undo_ask_text = تب جو چھوڑا یا بدلا گیا تھا، وہ سب پہلے جیسا ہو جائے گا۔
prefs_undo_ask_erase_title = کیا سب کچھ رہنے دیں؟
prefs_undo_ask_erase_text = کچھ بھی مٹایا نہیں جائے گا، اور آپ کے نیوز لیٹر پہلے کی طرح آئیں گے۔
prefs_undo_ask_move_title = کیا پتے کی تبدیلی واپس لیں؟
prefs_undo_ask_move_text = آپ کی ای میلز پھر اسی پتے پر آئیں گی۔ نئے پتے کا لنک اب کچھ نہیں کھولے گا۔
prefs_undo_button = واپس لیں
prefs_undo_done_title = سب پہلے جیسا ہے
prefs_undo_done_text = آپ کے نیوز لیٹر پھر ویسے ہی آئیں گے جیسے آپ نے چنا تھا۔
prefs_undo_moved_title = آپ کی ای میلز پھر اسی پتے پر آتی ہیں
prefs_undo_moved_text = دوسرے پتے پر اب کچھ نہیں جاتا۔ اگر تبدیلی کسی اور نے مانگی تھی، تو شاید اس نے آپ کی کوئی ای میل پڑھی ہے: جن ای میلز میں آپ کا نیا لنک ہو، انہیں آگے نہ بھیجیں۔
prefs_undo_over_title = واپس لینے کو کچھ نہیں بچا
prefs_undo_over_text = یہ واپس لیا جا چکا ہے یا تب سے بدل گیا ہے، یا بہت پرانا ہے۔ ہماری کسی بھی ای میل کے نیچے کا لنک آپ کے نیوز لیٹر کھولتا ہے۔

# ईमेल जो कहते हैं उसके अलावा पन्ने क्या कहते हैं, हिंदी में।

## हर पन्ने का ढाँचा

skip = सीधे पन्ने पर जाएँ
all_newsletters = सभी न्यूज़लेटर
house_rule = न आप पर नज़र रखने वाली तस्वीरें, न किसी और की स्क्रिप्ट।

## छोड़ना

leave_ask_title = { $newsletter } छोड़ें?
leave_ask_text = { $address } के लिए। अभी कुछ भी नहीं बदला है: यहाँ लिंक खोलने से कभी कुछ नहीं बदलता।
leave_button = { $newsletter } छोड़ें
leave_change_instead = इसके बजाय समय और विषय बदलें
leave_left_title = आपने { $newsletter } छोड़ दिया है
leave_left_text = { $address } पर अब इसमें से कुछ नहीं आएगा, वह भी नहीं जो कतार में था।
leave_saved = { $time } पर सहेजा गया।
leave_slip = क्या यह भूल से हुआ?
leave_undo = वापस लें
leave_back_title = यह आपको पहले की तरह मिलेगा
leave_back_text = जो आपने हटाया था वह { $address } पर फिर वैसे ही आएगा।
leave_less_head = या इसे कम पाएँ
leave_weekly_head = हफ़्ते में एक बार
leave_weekly_what = हफ़्ते की ज़रूरी बातें, एक ईमेल में
leave_weekly_button = साप्ताहिक करें
leave_weekly_title = { $newsletter } हफ़्ते में एक बार आएगा
leave_weekly_text = { $address } पर, हफ़्ते की ख़बरों के साथ।
leave_followed_head = सिर्फ़ वही जो मैं फ़ॉलो करूँ
leave_followed_what = { $what }। जिस दिन इनमें से कुछ न हो, कुछ नहीं आएगा
leave_followed_any = जिस दिन उसमें से कुछ न हो, कुछ नहीं आएगा
leave_followed_more = { $first } और { $count } और
leave_followed_button = सिर्फ़ ये
leave_followed_title = { $newsletter } में से आपको सिर्फ़ वही मिलेगा जो आप फ़ॉलो करते हैं
leave_followed_text = { $address } पर, और जिस दिन उसमें से कुछ न हो, कुछ नहीं आएगा।
leave_pause_head = अभी नहीं
leave_pause_text = { $date } को यह अपने आप फिर आने लगेगा
leave_pause_button = एक महीने रोकें
leave_paused_title = { $newsletter } रोका गया है
leave_paused_text = { $date } तक { $address } पर इसमें से कुछ नहीं आएगा। फिर यह अपने आप आने लगेगा।
leave_why_head = क्यों, अगर बताना चाहें
leave_why_legend = आपने क्यों छोड़ा। जवाब देना ज़रूरी नहीं।
leave_why_many = बहुत ज़्यादा ईमेल
leave_why_about = मेरे काम की बातें नहीं
leave_why_known = मैंने सब साइट पर पढ़ लिया था
leave_why_never = मैंने इसे कभी माँगा ही नहीं
leave_why_words = अपने शब्दों में
leave_why_hint = { $newsletter } बनाने वाले इसे पढ़ सकते हैं। आप हर हाल में बाहर हैं।
leave_why_send = भेजें
leave_why_none = इनमें से एक चुनें, या लिखें कि क्यों
leave_why_long = ज़्यादा से ज़्यादा { $count } अक्षर लिखें
leave_why_kept = आपका जवाब रख लिया गया है। क्या छोड़ना भूल से हुआ?
leave_still_head = ये अब भी आते हैं
leave_all_button = सब कुछ छोड़ें
leave_all_title = आपने सब कुछ छोड़ दिया है
leave_all_text = अब से { $address } पर कोई न्यूज़लेटर, ऑफ़र या सूचना नहीं आएगी।
leave_all_slip = { $date } तक आप सब कुछ पहले जैसा वापस पा सकते हैं।
leave_settings = सभी सेटिंग
leave_gone_title = छोड़ने को कुछ नहीं बचा
leave_gone_text = जिस पते पर यह ईमेल गया था वह, या यह न्यूज़लेटर, अब यहाँ नहीं है। इसमें से कुछ नहीं आएगा।

## ब्राउज़र में पढ़ना

read_gone_title = यह ईमेल अब नहीं रखा गया है
read_gone_text = ईमेल दिखाने के लिए जो चाहिए उसे हम कुछ समय ही रखते हैं। ख़बरें ख़ुद अख़बार की साइट पर हैं।
archive_title = पढ़ने के लिए अंक
archive_text = ये न्यूज़लेटर जो लाए, उसके बिना जो केवल किसी एक पाठक या ग्राहकों के लिए था।
archive_empty = अभी कोई नहीं। भेजे जाने के बाद अंक यहाँ दिखेगा।
sample_why = यह { $newsletter } है, जैसा छपा था। जो जुड़ता है उसे यह ईमेल से मिलता है।
sample_why_followed = { $newsletter } हर खंड फ़ॉलो करने वालों के पास ऐसे आया। जुड़ने वाले चुनते हैं कि क्या फ़ॉलो करें, और उन्हें यह ईमेल से मिलता है।
sample_join = { $newsletter } से जुड़ें

## जहाँ कोई पन्ना नहीं

error_not_found_title = ऐसा कोई पन्ना नहीं है
error_not_found_text = कुछ भी नहीं बदला है। अगर आपने पता टाइप किया है तो उसे एक बार फिर देखें; अगर आप किसी ईमेल के लिंक से आए हैं तो वह कट गया होगा: उसे पूरा कॉपी करें।
error_bad_link_title = यह लिंक पूरा नहीं है
error_bad_link_text = हो सकता है ईमेल प्रोग्राम ने इसे काट दिया हो या कोई अक्षर छूट गया हो। कुछ भी नहीं बदला है। ईमेल फिर खोलें और उसमें दिए लिंक को दबाएँ, या उसे पूरा कॉपी करें।
error_no_session_title = इस लिंक का समय पूरा हुआ
error_no_session_text = ईमेल का लिंक इसे आधे घंटे के लिए खोलता है। तब से कुछ भी नहीं बदला है। ईमेल का लिंक फिर दबाएँ। अगर आप अभी वहीं से आए हैं तो आपका ब्राउज़र कुकी नहीं रखता: इस साइट को उसकी एक कुकी रखने दें।
error_limited_title = इसके लिए नया लिंक चाहिए
error_limited_text = ईमेल आगे भेजा जा सकता है, इसलिए उसका लिंक कम ही कर सकता है। वापस जाएँ और अपने पते पर नया लिंक मँगाएँ।
error_too_many_title = यह बहुत बार हो गया
error_too_many_text = कुछ भी नहीं बदला है। { $count ->
    [one] एक मिनट में फिर कोशिश करें।
   *[other] { $count } मिनट में फिर कोशिश करें।
}
error_many_saves_title = ये बहुत सारे बदलाव थे
error_many_saves_text = एक घंटे के भीतर यहाँ { $most } बदलाव सहेजे गए, इसलिए यह नहीं सहेजा गया। { $count ->
    [one] एक मिनट में फिर कोशिश करें।
   *[other] { $count } मिनट में फिर कोशिश करें।
} छोड़ आप कभी भी सकते हैं।
error_elsewhere_title = यह हमारे पन्ने से नहीं आया
error_elsewhere_text = यह फ़ॉर्म किसी और साइट ने भेजा, इसलिए कुछ नहीं किया गया। अगर आप यही चाहते थे तो ईमेल का लिंक खोलें और वहाँ बटन दबाएँ।
error_other_link_title = यह पन्ना किसी और लिंक का है
error_other_link_text = इसके खुलने के बाद इस ब्राउज़र में किसी और ईमेल का लिंक खोला गया। कुछ भी नहीं बदला है। इस पन्ने का लिंक फिर खोलें और बटन फिर दबाएँ।
error_bad_form_title = यहाँ कुछ छूट गया है
error_bad_form_text = पन्ना जो भेजता है उसका एक हिस्सा नहीं पहुँचा, इसलिए कुछ नहीं किया गया। वापस जाएँ, पन्ना फिर से लोड करें और दोबारा दबाएँ।
error_too_long_title = यह बहुत लंबा था
error_too_long_text = कुछ भी सहेजा नहीं गया। वापस जाएँ, जो लिखा है उसे छोटा करें और फिर दबाएँ।
error_not_now_title = हम इसे सहेज नहीं सके
error_not_now_text = कुछ भी नहीं बदला है। गलती हमारी है और हमें पता है। एक मिनट में फिर कोशिश करें।
error_broken_title = हम यह नहीं कर सके
error_broken_text = कुछ भी नहीं बदला है। गलती हमारी है और हमारे लिए लिख ली गई है। एक मिनट में फिर कोशिश करें।

## सब्सक्राइब करना

signup_title = अख़बार, ईमेल से, जब आप चाहें
signup_lede = { $count ->
    [one] एक न्यूज़लेटर, मुफ़्त।
   *[other] { $count } न्यूज़लेटर, मुफ़्त।
} जो पसंद हो उस पर निशान लगाएँ, एक पता दें, एक बार दबाएँ। पासवर्ड न अभी, न बाद में।
signup_nothing = इस समय सब्सक्राइब करने के लिए कोई न्यूज़लेटर नहीं है।
signup_daily = हर दिन
signup_weekly = हर हफ़्ते
signup_seldom = कभी-कभी
signup_when = { $days } { $time }
signup_when_several = { $days }, { $time } से
signup_when_own = { $when }, या आपके समय पर
signup_when_zone = { $when }, { $zone }
signup_when_next = अगली बार { $date } को { $time }
signup_when_instant = ख़बर आते ही
signup_when_offer = जब कोई ऑफ़र हो
signup_latest = सबसे नया अंक
signup_latest_of = सबसे नया अंक: { $newsletter }
signup_chosen = चुने गए
signup_newsletters = न्यूज़लेटर
signup_address = आपका ईमेल पता
signup_trap = इसे ख़ाली छोड़ दें
signup_go = सब्सक्राइब करें
signup_mail = हम एक ईमेल भेजते हैं जिसमें एक बटन होता है। जब तक आप उसे न दबाएँ, और कुछ नहीं आता, और अगर कभी न दबाएँ तो तीन दिन में हम पता भूल जाते हैं।
signup_use = पता उसी के काम आता है जिस पर आपने निशान लगाया, और किसी काम नहीं।
signup_hold = हम क्या रखते हैं और क्यों
signup_hold_what = आपका पता, आपने किस पर निशान लगाया, इस पन्ने के शब्द, आपने कब दबाया, और आप किस नेटवर्क से आए, उसके आख़िरी हिस्से के बिना। इनसे पता चलता है कि आपने ही माँगा था।
signup_hold_until = जब आप छोड़ देते हैं तो और ईमेल नहीं आते। हर ईमेल का एक लिंक वह सब दिखाता है जो हम रखते हैं, आपको देता है, और मिटा देता है; तब पते का बस एक हैश रहता है, ताकि हम उस पर तभी फिर लिखें जब उसे दोबारा सब्सक्राइब किया जाए।

signup_error = ग़लती: { $title }
signup_mend = { $count ->
    [one] एक चीज़ ठीक करनी है
   *[other] { $count } चीज़ें ठीक करनी हैं
}
signup_none = कम से कम एक न्यूज़लेटर पर निशान लगाएँ
signup_unknown = यहाँ { $newsletter } नाम का कोई न्यूज़लेटर नहीं है जिससे जुड़ा जा सके
signup_address_empty = अपना ईमेल पता लिखें
signup_address_at = पूरा पता लिखें, @ के साथ, जैसे name@example.org
signup_address_domain = @ के बाद का सब लिखें, जैसे example.org
signup_address_wrong = सिर्फ़ पता लिखें, जैसे name@example.org
signup_address_mail = { $domain } पर कोई ईमेल नहीं पहुँचता: देखें कि @ के बाद क्या लिखा है
signup_meant = क्या आपका मतलब { $address } था?

sent_title = अब अपना ईमेल देखें
sent_text = हमने { $address } पर एक बटन भेजा है। उसे दबाएँ, और { $count ->
    [one] यह शुरू होगा: { $newsletters }
   *[other] ये शुरू होंगे: { $newsletters }
}।
sent_when = वह एक मिनट में आ जाना चाहिए, { $sender } से। जब तक आप उसे न दबाएँ, और कुछ नहीं आएगा।
sent_head = कुछ नहीं आया?
sent_junk = स्पैम के फ़ोल्डर में देखें। अगर वहाँ हो तो उसे इनबॉक्स में ले जाएँ: बाद के अंक भी वहीं आएँगे।
sent_stopped = अगर आपने कभी हमसे यह पता भूलने को कहा था, या हमारे किसी ईमेल को स्पैम बताया था, तो हम इस पर नहीं लिख सकते। तब हमें लिखें: { $write }।
sent_again = फिर से भेजें
sent_other = दूसरा पता दें
sent_hourly = घंटे में ज़्यादा से ज़्यादा एक बार, ताकि कोई आपका इनबॉक्स इनसे न भर सके।
sent_meant_go = { $address } पर भेजें
sent_role = { $local } अक्सर ऐसा पता होता है जिसे कई लोग पढ़ते हैं। उनमें से कोई भी बटन दबा सकता है, या छोड़ सकता है। अपना ख़ुद का पता बेहतर है।
sent_nobody = { $local } नाम के पते अक्सर कोई नहीं पढ़ता। अगर यहाँ भी ऐसा है तो दूसरा पता दें।

confirm_title = पक्का करने के लिए एक बार दबाएँ
confirm_text = आपने, या आपका पता टाइप करने वाले किसी और ने, { $address } पर { $count ->
    [one] यह माँगा है
   *[other] ये माँगे हैं
}:
confirm_then = फिर { $days }
confirm_not = क्या यह आप नहीं थे? कुछ न करें। कोई ईमेल नहीं आएगा, और { $date } को हम पता भूल जाएँगे।
confirm_gone_title = यह बटन अब काम नहीं करता
confirm_gone_text = वह तीन दिन चलता है, और आपके छोड़ देने के बाद नहीं। कुछ भी नहीं बदला है। अगर आप अब भी कोई न्यूज़लेटर चाहते हैं तो फिर से सब्सक्राइब करें।
confirm_stopped_title = हम इस पते पर नहीं लिख सकते
confirm_stopped_text = वहाँ हमारे किसी ईमेल को स्पैम बताया गया, या अख़बार ने उसे रोक दिया है। कुछ भी नहीं बदला है। लौटने के लिए हमें लिखें: { $write }।
done_title = आप सूची में हैं
done_text = { $count ->
    [one] पहला अंक इस समय आएगा
   *[other] पहले अंक इन समयों पर आएँगे
}, { $zone }:
done_before_text = इसकी पुष्टि पहले ही हो चुकी है, और कुछ करना बाकी नहीं है। { $count ->
    [one] अगला अंक इस समय आएगा
   *[other] अगले अंक इन समयों पर आएँगे
}, { $zone }:
done_choose = समय और विषय चुनें
done_change = न्यूज़लेटर और समय बदलें
done_saved = { $date } को { $time } सहेजा गया, उन शब्दों के साथ जो आपने देखे। हर ईमेल में छोड़ने का एक लिंक है, और एक यहाँ का।

join_title = { $newsletters } सब्सक्राइब करें
join_text = { $paper } की साइट बताती है कि आप { $address } हैं। एक बार दबाएँ, और { $count ->
    [one] यह शुरू होगा
   *[other] ये शुरू होंगे
}:
join_go = सब्सक्राइब करें
join_use = पता इसी के काम आता है, और किसी काम नहीं। हर ईमेल में छोड़ने का एक लिंक है।
join_used_title = यह लिंक इस्तेमाल हो चुका है
join_used_text = अगर आपने ही दबाया था तो कुछ करने की ज़रूरत नहीं। और जो चाहें वह यहाँ चुन सकते हैं, या साइट पर लौटकर वहाँ फिर से दबाएँ।
join_old_title = यह लिंक बहुत पुराना है
join_old_text = वह थोड़े ही समय चलता है। कुछ भी नहीं बदला है। साइट पर लौटें और वहाँ फिर से दबाएँ।

embed_code_title = यह फ़ॉर्म आपके अपने पन्ने पर
embed_code_text = दोनों में से एक कॉपी करें। आपका पन्ना web.embed_origins में होना चाहिए।
embed_code_frame = फ़्रेम में
embed_code_form = आपके पन्ने के फ़ॉर्म के रूप में
## पसंद

language_name = हिन्दी
prefs_title = आपके न्यूज़लेटर
prefs_title_saved = सहेजा गया: आपके न्यूज़लेटर
prefs_title_error = गलती: आपके न्यूज़लेटर
prefs_lede = ये { $address } पर जाते हैं। जुड़ना और छोड़ना तुरंत लागू होता है। बाकी सब तब सहेजा जाता है जब आप उसके पास «सहेजें» दबाते हैं, और यहाँ एक पंक्ति यह बताती है।
prefs_lede_limited = ये { $address } पर जाते हैं। ईमेल आगे भेजा जा सकता है, इसलिए यह लिंक कम दिखाता है और कम कर सकता है: न्यूज़लेटर, समय, रोक, और सिर्फ़ फ़ॉलो किया हुआ। बाकी के लिए हम नया लिंक भेजते हैं।
prefs_saved_at = { $time } पर सहेजा गया।
prefs_undo = वापस लें
prefs_erasing = आपने कहा है कि आपको भुला दिया जाए: { $date } को सब कुछ मिटा दिया जाएगा। यहाँ किसी न्यूज़लेटर से जुड़ने पर सब रहेगा।
prefs_erasing_keep = सब कुछ रहने दें
prefs_erasing_locked = इसके बारे में भेजे गए ईमेल के बटन से भी सब रहेगा, और उस बटन से भी जो नए लिंक से आने पर यहाँ दिखता है।
prefs_nav = इस पन्ने पर
prefs_nav_yours = आपके
prefs_count = { $count ->
    [one] आपको { $count } मिलता है
   *[other] आपको { $count } मिलते हैं
}
prefs_none = आपको कोई न्यूज़लेटर नहीं मिलता
prefs_none_text = जब तक आप नीचे किसी से नहीं जुड़ते, कुछ नहीं आएगा।
prefs_meta = आता है: { $when }
prefs_comes_at = { $days } { $time } ({ $zone })
prefs_comes_own = जब भी प्रकाशित हो
prefs_comes_instant = खबर आते ही
prefs_comes_unfollowed = जब आप कुछ फ़ॉलो करें, उससे पहले नहीं
prefs_comes_offers = जब कुछ बताने को हो
prefs_comes_followed = { $when }, सिर्फ़ वही जो आप फ़ॉलो करते हैं
prefs_paused = { $date } तक रुका हुआ
prefs_details = कब आता है और उसमें क्या होता है
prefs_when = कब आता है
prefs_how_often = कितनी बार
prefs_cadence_scheduled = प्रकाशित होने पर
prefs_cadence_daily = रोज़
prefs_cadence_weekly = हर हफ़्ते
prefs_cadence_instant = तुरंत
prefs_keeps = प्रकाशित होने पर इसका अपना समय है: { $time } ({ $zone })।
prefs_at = समय
prefs_zone = आपका समय क्षेत्र
prefs_zone_now = { $zone }, अभी { $time }
prefs_on = दिन
prefs_save = सहेजें
prefs_save_when = : { $newsletter } कब आए
prefs_save_only = : { $newsletter } में क्या हो
prefs_save_limit = : सीमा
prefs_save_offers = : ऑफ़र
prefs_save_notices = : सूचनाएँ
prefs_save_language = : भाषा
prefs_save_name = : नाम
prefs_kept_at = { $time } पर सहेजा गया
prefs_kept_on = { $date } को सहेजा गया
prefs_leave = छोड़ें
prefs_join = जुड़ें
prefs_follows = आप फ़ॉलो करते हैं
prefs_follows_none = कुछ ख़ास नहीं।
prefs_only_how = यहाँ कुछ फ़ॉलो करें, तो आप सिर्फ़ वही पा सकते हैं।
prefs_mutes = आप म्यूट करते हैं
prefs_mute_wins = म्यूट हमेशा ऊपर रहता है, चाहे आप लेखक को फ़ॉलो करते हों।
prefs_kind_section = खंड
prefs_kind_topic = विषय
prefs_kind_author = लेखक
prefs_kind_keyword = शीर्षक या सार में शब्द
prefs_kind_since = { $kind }, { $date } से
prefs_quoted = “{ $word }”
prefs_remove = हटाएँ
prefs_add = खंड, विषय, लेखक या शब्द जोड़ें
prefs_follow = फ़ॉलो करें
prefs_mute = म्यूट करें
prefs_in = : { $newsletter } में
prefs_only = उसमें क्या हो
prefs_only_no = सब कुछ
prefs_only_yes = सिर्फ़ वही जो मैं फ़ॉलो करूँ
prefs_only_hint = सिर्फ़ फ़ॉलो किया हुआ चुनने पर, जिस दिन आपके फ़ॉलो किए हुए में से कुछ न हो, कोई ईमेल नहीं आता। जो अख़बार के हिसाब से सबको पढ़ना चाहिए, वह भी तब तक नहीं आता जब तक आप उसे फ़ॉलो न करें।
prefs_beat = { $kind }, { $count ->
    [one] हफ़्ते में { $count } खबर
   *[other] हफ़्ते में { $count } खबरें
}
prefs_week = इस हफ़्ते क्या आएगा
prefs_week_none = कुछ नहीं
prefs_week_followed = { $newsletter }, अगर उसमें आपका फ़ॉलो किया हुआ कुछ हो
prefs_week_held = { $newsletter }, आपकी सीमा ने रोका
prefs_week_text = यहाँ सिर्फ़ वही है जो तय समय पर आता है। जो आपकी सीमा रोकती है, वह अगले अंक के लिए रखा जाता है।
prefs_more = और न्यूज़लेटर
prefs_less = सीमा और रोक
prefs_limit = सीमा
prefs_limit_label = मुझे ज़्यादा से ज़्यादा भेजें
prefs_limit_none = जितने भी हों
prefs_limit_mails = { $count ->
    [one] हफ़्ते में { $count } ईमेल
   *[other] हफ़्ते में { $count } ईमेल
}
prefs_limit_hint = आपके खाते के बारे में ईमेल नहीं गिने जाते।
prefs_pause = रोकें
prefs_pause_what = क्या
prefs_pause_all = सब कुछ
prefs_pause_until = कब तक
prefs_pause_week = { $date }, एक हफ़्ते के लिए
prefs_pause_month = { $date }, एक महीने के लिए
prefs_pause_day = कोई और दिन
prefs_pause_day_label = वह दिन
prefs_pause_nothing = कुछ भी रुका हुआ नहीं
prefs_pause_now = अभी रुका हुआ
prefs_pause_state = { $newsletter }, { $date } तक
prefs_resume = फिर शुरू करें
prefs_offers = ऑफ़र
prefs_offers_notices = ऑफ़र और सूचनाएँ
prefs_offers_legend = जो ऑफ़र आप चाहते हैं
prefs_notices = सूचनाएँ
prefs_notices_legend = जो सूचनाएँ आप चाहते हैं
prefs_notice_replies = मेरी टिप्पणियों के जवाब
prefs_notice_replies_hint = एक घंटे तक जमा किए जाते हैं, ताकि दस जवाब एक ईमेल हों।
prefs_notice_moderation = मेरी टिप्पणी प्रकाशित या अस्वीकार हुई
prefs_notice_moderation_hint = हर टिप्पणी के लिए एक बार।
prefs_notice_saved = मेरी सहेजी हुई खबरें
prefs_notice_saved_hint = और किसी में सुधार होने पर तुरंत।
prefs_notice_meter = मेरी मुफ़्त खबरें पूरी हो गईं
prefs_notice_meter_hint = महीने में ज़्यादा से ज़्यादा एक बार।
prefs_data = पता और डेटा
prefs_data_open = { $time } तक खुला, क्योंकि आप नए लिंक से आए हैं। फिर बंद।
prefs_address = अपना पता बदलें
prefs_address_new = नया पता
prefs_address_hint = हम वहाँ एक लिंक भेजते हैं और पुराने पते को बताते हैं। जब तक आप लिंक नहीं दबाते, कुछ नहीं बदलता।
prefs_address_waiting = { $address } पर लिंक दबाए जाने का इंतज़ार है, { $date }, { $time } तक। तब तक कुछ नहीं बदलता।
prefs_address_button = लिंक भेजें
prefs_language = भाषा
prefs_language_label = ईमेल और पन्ने इस भाषा में
prefs_language_own = हर न्यूज़लेटर की अपनी भाषा
prefs_name = आपका नाम
prefs_name_label = मुझे इस नाम से बुलाएँ
prefs_name_hint = खाली छोड़ें, तो ईमेल बिना नाम के होंगे।
prefs_held = आपका डेटा
prefs_held_text = आपका पता, आपने क्या और कब चुना, आपको भेजा गया हर ईमेल और उसका क्या हुआ।
prefs_held_read = पढ़ें
prefs_held_download = डाउनलोड करें
prefs_forget = भुला दिया जाना
prefs_forget_text = सभी ईमेल अभी रुक जाते हैं और { $date } को सब कुछ मिटा दिया जाता है। तब तक आप मन बदल सकते हैं। हम आपके पते का एक न पढ़ा जा सकने वाला निशान रखते हैं, ताकि हम उस पर तभी फिर लिखें जब उसे दोबारा सब्सक्राइब किया जाए।
prefs_forget_button = मेरे बारे में सब कुछ मिटाएँ
prefs_locked = पता और डेटा बंद हैं
prefs_locked_text = हम { $address } पर एक लिंक भेजते हैं। वह इन्हें, और जो आप फ़ॉलो करते हैं उसे, आधे घंटे के लिए खोलता है।
prefs_locked_button = मुझे नया लिंक भेजें
prefs_leave_all = सब कुछ छोड़ें
prefs_leave_all_text = सभी न्यूज़लेटर, ऑफ़र और सूचनाएँ तुरंत रुक जाते हैं, वे भी जो निकलने ही वाले हैं। आप इसे 30 दिन तक वापस ले सकते हैं, और सब पहले जैसा हो जाएगा।
prefs_did_join = अब आपको { $newsletter } मिलेगा। यह आता है: { $when }।
prefs_did_leave = आपने { $newsletter } छोड़ दिया है।
prefs_did_when = { $newsletter } अब आता है: { $when }।
prefs_did_follow = आप { $newsletter } में { $what } फ़ॉलो करते हैं।
prefs_did_mute = { $newsletter } में अब { $what } का कुछ नहीं आएगा।
prefs_did_forget = { $newsletter } में आप { $what } को न फ़ॉलो करते हैं, न म्यूट।
prefs_did_only = { $newsletter } में से आपको सिर्फ़ वही मिलेगा जो आप फ़ॉलो करते हैं, और जिस दिन उसमें से कुछ न हो, कुछ नहीं आएगा।
prefs_did_not_only = { $newsletter } फिर से सब कुछ लाएगा, सिर्फ़ फ़ॉलो किया हुआ नहीं।
prefs_did_limit = { $count ->
    [one] हफ़्ते में ज़्यादा से ज़्यादा { $count } ईमेल आएगा।
   *[other] हफ़्ते में ज़्यादा से ज़्यादा { $count } ईमेल आएँगे।
}
prefs_did_no_limit = आपके ईमेल की कोई सीमा नहीं है।
prefs_did_pause = { $newsletter } { $until } तक रुका है।
prefs_did_pause_all = सब कुछ { $until } तक रुका है।
prefs_did_resume = { $newsletter } फिर आएगा।
prefs_did_resume_all = अब कुछ भी रुका हुआ नहीं है।
prefs_did_offers = आपको ऑफ़र बताए जाएँगे।
prefs_did_no_offers = आपको अब ऑफ़र नहीं बताए जाएँगे।
prefs_did_notices = आपको वे सूचनाएँ मिलेंगी जो चुनी गई हैं।
prefs_did_language = ईमेल और पन्ने अब इस भाषा में हैं।
prefs_did_name = ईमेल आपको { $name } कहकर बुलाएँगे।
prefs_did_no_name = ईमेल बिना नाम के होंगे।
prefs_did_leave_all = आपने सब कुछ छोड़ दिया है। अब कुछ नहीं आएगा।
prefs_did_erase = सभी ईमेल रुक गए हैं, और { $date } को सब कुछ मिटा दिया जाएगा। इसके बारे में एक ईमेल आपके पास आ रहा है।
prefs_did_undo = सब पहले जैसा है।
prefs_did_set = यह बदला गया।
prefs_note_same = बदलने को कुछ नहीं: यह पहले से ऐसा ही है।
prefs_note_late = वापस लेने को कुछ नहीं बचा: यह तब से बदल गया है, या 30 दिन से पुराना है।
prefs_note_link = { $address } पर भेजा गया। उसका लिंक आधे घंटे तक चलता है।
prefs_note_often = हमने पिछले एक घंटे में { $address } पर लिंक भेजे हैं। उन्हें फिर ढूँढें, या एक घंटे में कोशिश करें।
prefs_note_address = नए पते का मेलबॉक्स देखें: अगर हम उसे लिख सकते हैं, तो वहाँ एक लिंक है। वह एक दिन तक चलता है। जब तक उसे दबाया नहीं जाता, कुछ नहीं बदलता।
prefs_error_newsletter = यह न्यूज़लेटर अब आपको नहीं मिलता। पहले इससे जुड़ें।
prefs_error_cadence = यह ऐसे नहीं आता। जो दिखाए गए हैं उनमें से एक चुनें।
prefs_error_no_day = कम से कम एक दिन चुनें।
prefs_error_many_days = हर हफ़्ते का मतलब एक दिन है: सिर्फ़ एक चुनें।
prefs_error_hour = दिन का कोई समय चुनें।
prefs_error_zone = कोई एक समय क्षेत्र चुनें।
prefs_error_term = कोई खंड, विषय, लेखक या शब्द लिखें।
prefs_error_nothing_followed = पहले यहाँ कुछ फ़ॉलो करें, फिर आप सिर्फ़ वही पा सकते हैं।
prefs_error_many_terms = यहाँ आप 200 चीज़ें फ़ॉलो या म्यूट करते हैं। पहले एक हटाएँ।
prefs_error_budget = कोई एक संख्या चुनें।
prefs_error_pause_past = आज के बाद का कोई दिन चुनें।
prefs_error_pause_long = एक साल के भीतर का कोई दिन चुनें। उससे ज़्यादा के लिए छोड़ दें।
prefs_error_pause_by_mail = ईमेल के लिंक से ज़्यादा से ज़्यादा एक महीने तक रोका जा सकता है। कोई पहले का दिन चुनें, या ज़्यादा के लिए नीचे से नया लिंक मँगाएँ।
prefs_error_language = कोई एक भाषा चुनें।
prefs_error_name = ज़्यादा से ज़्यादा 100 अक्षरों का नाम लिखें।
prefs_error_address = पूरा पता लिखें, जैसे asha@example.org।
prefs_error_same_address = आपके ईमेल पहले से इसी पते पर जाते हैं। दूसरा लिखें।
prefs_error_many_moves = आज आपने तीन बार पता बदलने को कहा है। कल फिर कोशिश करें।
prefs_data_title = आपके बारे में हमारे पास क्या है
prefs_data_lede = { $address } का सब कुछ; हम आपको { $since } से जानते हैं। सबसे नया सबसे ऊपर है।
prefs_data_back = वापस अपने न्यूज़लेटर पर
prefs_data_reader = आप
prefs_data_address = पता
prefs_data_tier = सदस्यता
prefs_data_free = कोई नहीं
prefs_data_premium = सशुल्क
prefs_data_consent = सहमति
prefs_data_history = आपने क्या और कब चुना
prefs_data_answers = आपने क्यों छोड़ा
prefs_data_moves = पते में बदलाव
prefs_data_waiting = आपकी हाँ की प्रतीक्षा में
prefs_data_softs = ईमेल जो अभी नहीं पहुँचे
prefs_data_soft = आपके मेलबॉक्स ने एक ईमेल नहीं लिया।
prefs_data_stopped = हम इस पते पर क्यों नहीं लिखते
prefs_data_stopped_hard-bounce = ईमेल लौट आए: यह मेलबॉक्स है ही नहीं।
prefs_data_stopped_soft-bounces = ईमेल बार-बार लौट आए।
prefs_data_stopped_complaint = आपके मेलबॉक्स में किसी ईमेल को स्पैम बताया गया।
prefs_data_stopped_erased = आपका डेटा मिटा दिया गया।
prefs_data_stopped_manual = अख़बार ने ऐसा तय किया।
prefs_data_returned = जो लौटा, पर यह नहीं बताता कि किस ईमेल का है
prefs_data_mails = ईमेल
prefs_data_none = कुछ नहीं।
prefs_data_newest = ये सबसे नए { $count } हैं। फ़ाइल में सब कुछ है।
prefs_data_at = { $date }, { $time }
prefs_data_joined = { $newsletter } से जुड़े
prefs_data_left = { $newsletter } छोड़ा
prefs_data_shown = आपने { $words } दबाया।
prefs_data_proof = दर्ज बात, शब्दशः: { $record }
prefs_data_by_signup = सब्सक्राइब करने के पन्ने से, और उसके बाद आए ईमेल के बटन से
prefs_data_by_embed = किसी और पन्ने पर हमारे फ़ॉर्म से, और उसके बाद आए ईमेल के बटन से
prefs_data_by_site = किसी साइट के फ़ॉर्म से, और उसके बाद आए ईमेल के बटन से
prefs_data_by_member = अख़बार की अपनी साइट के लिंक से
prefs_data_by_leave = ईमेल के छोड़ने वाले लिंक के पन्ने पर
prefs_data_by_mail = आपके न्यूज़लेटर के पन्ने पर, ईमेल के लिंक से
prefs_data_by_fresh = आपके न्यूज़लेटर के पन्ने पर, नए लिंक से
prefs_data_by_undo = ईमेल के उस बटन से जो इसे वापस लेता है
prefs_data_by_click = आपके ईमेल प्रोग्राम के बटन से
prefs_data_by_letter = छोड़ने को कहने वाले ईमेल से
prefs_data_by_complaint = क्योंकि आपके मेलबॉक्स में किसी ईमेल को स्पैम बताया गया
prefs_data_by_paper = अख़बार की ओर से
prefs_data_by_file = अख़बार ने एक फ़ाइल से लिया: { $file }
prefs_data_from = { $by }, नेटवर्क { $network } से
prefs_data_answer = { $newsletter } छोड़ा और बताया कि क्यों
prefs_data_move_asked = { $from } से { $to }: माँगा गया, पुष्टि नहीं हुई
prefs_data_move_done = { $from } से { $to }: हो गया
prefs_data_move_back = { $from } से { $to }: हुआ, और वापस लिया गया
prefs_data_is = { $what }: { $value }
prefs_data_same = कोई चुनाव नहीं बदला गया।
prefs_data_zone_own = समय हर न्यूज़लेटर के अपने समय क्षेत्र का है।
prefs_data_quiet = { $from } से { $to } तक कोई ईमेल नहीं आता।
prefs_data_quiet_own = शांति का समय हर न्यूज़लेटर का अपना है।
prefs_data_notices_off = जो सूचनाएँ आप नहीं चाहते
prefs_data_notices_all = आप सभी सूचनाएँ चाहते हैं।
prefs_data_comes = { $newsletter } आता है: { $when }
prefs_data_usual_time = अपने सामान्य समय पर
prefs_data_usual_days = अपने सामान्य दिनों पर
prefs_data_not_follow = अब आप { $newsletter } में { $what } फ़ॉलो नहीं करते।
prefs_data_not_mute = अब आप { $newsletter } में { $what } म्यूट नहीं करते।
prefs_data_try = कोशिश { $count }
prefs_data_try_uncertain = ईमेल सौंपे जाने के बाद कनेक्शन टूट गया, इसलिए शायद वह भेजा गया हो
prefs_data_try_refused = मेल सर्वर ने हमें मना कर दिया, और हम बाद में कोशिश करते हैं
prefs_data_try_later = मेल सर्वर ने बाद में कोशिश करने को कहा
prefs_data_try_broke = ईमेल सौंपे जाने से पहले कनेक्शन टूट गया
prefs_data_mail_said = { $what }। सर्वर के शब्द: { $words }
prefs_data_mail_planned = तैयार किया गया
prefs_data_mail_queued = इसे निकलना है
prefs_data_mail_sending = सौंपा जा रहा है
prefs_data_mail_accepted = आगे भेजने वाले मेल सर्वर ने स्वीकार किया
prefs_data_mail_deferred = अगली कोशिश
prefs_data_mail_failed = भेजा नहीं जा सका
prefs_data_mail_skipped = नहीं भेजा गया
prefs_data_mail_uncertain = शायद भेजा गया
prefs_data_mail_bounced = लौट आया
prefs_data_mail_complained = आपके मेलबॉक्स में स्पैम बताया गया
prefs_data_mail_cancelled = रद्द किया गया
prefs_data_mail_suppressed = रोका गया
prefs_data_mail_expired = भेजने के लिए बहुत देर हो गई
prefs_data_mail_delayed = अभी रास्ते में: आपके मेलबॉक्स के सर्वर ने इसे अभी नहीं लिया है
prefs_data_mail_left = आपने ईमेल लिखकर छोड़ा
prefs_data_reason_no_stories = पिछले ईमेल के बाद कोई खबर आपके लिए नहीं थी
prefs_data_reason_too_late = जब हम इस तक पहुँचे, इसका समय बहुत पहले निकल चुका था
prefs_data_reason_paused = आपने इसे रोक रखा था
prefs_data_reason_left = इसके निकलने से पहले आपने छोड़ दिया था
prefs_data_reason_erased = इसके निकलने से पहले आपका डेटा मिटा दिया गया
prefs_data_reason_suppressed = हम आपके पते पर नहीं लिख सकते
prefs_data_reason_expired = मेल सर्वर के इसे लेने से पहले इसका समय निकल गया
prefs_data_reason_called_off = अख़बार ने यह अंक रद्द कर दिया
prefs_data_reason_refused = मेल सर्वर ने इसे लेने से मना कर दिया
prefs_data_reason_gave_up = मेल सर्वर बाद में कोशिश करने को कहता रहा, और आख़िर हमने छोड़ दिया
prefs_data_reason_no_reply = ईमेल सौंपे जाने के बाद, जवाब आने से पहले, कनेक्शन टूट गया
prefs_data_reason_killed = ईमेल सौंपते समय हमारा प्रोग्राम बंद हो गया
prefs_data_reason_not_allowed = अख़बार परीक्षण कर रहा है, और सिर्फ़ कुछ पतों पर लिखता है
prefs_data_reason_not_rendered = हम इसे तैयार नहीं कर सके; ग़लती हमारी है
prefs_data_reason_retracted = इसके निकलने से पहले इसकी हर खबर वापस ले ली गई
prefs_data_reason_limit = आपकी सीमा पूरी हो गई थी; जो इसमें था, वह अगले अंक के लिए रखा गया है
prefs_data_reason_letters = मेल सर्वर आपके पते जैसे अक्षरों वाले पतों पर नहीं लिख सकता
prefs_data_reason_too_large = मेल सर्वर जितना लेता है, यह उससे बड़ा है
prefs_data_reason_no_mailbox = यह मेलबॉक्स है ही नहीं
prefs_data_reason_mailbox_full = मेलबॉक्स भरा हुआ है
prefs_data_reason_not_wanted = आपके मेलबॉक्स का सर्वर इसे नहीं चाहता
prefs_data_reason_came_back = इसे आपके मेलबॉक्स तक नहीं पहुँचाया जा सका
prefs_data_reason_nothing_followed = पिछले ईमेल के बाद कोई खबर उस बारे में नहीं थी जो आप फ़ॉलो करते हैं
prefs_move_ask_title = क्या यह आपका नया पता है?
prefs_move_ask_text = अब से { $from } पर जाने वाले सभी ईमेल { $to } पर आएँगे। पुराने पते को बताया जाएगा, और वह एक हफ़्ते तक इसे वापस ले सकता है।
prefs_move_button = हाँ, यहीं भेजें
prefs_move_done_title = आपका पता बदल गया है
prefs_move_done_text = अब से सभी ईमेल यहाँ आएँगे। पुराने पते को बता दिया गया है, और वह एक हफ़्ते तक इसे वापस ले सकता है।
prefs_move_taken_title = इस पते पर पहले से न्यूज़लेटर आते हैं
prefs_move_taken_text = इसकी अपनी पसंद है, इसलिए कुछ नहीं बदला। पहले वहाँ सब छोड़ें या मिटाएँ, फिर दोबारा माँगें।
prefs_move_suppressed_title = हम इस पते पर नहीं लिख सकते
prefs_move_suppressed_text = वहाँ हमारे किसी ईमेल को स्पैम बताया गया, या अख़बार ने उसे रोक दिया है। कुछ नहीं बदला। कोई और पता लें, या अख़बार के किसी ईमेल का जवाब दें।
prefs_move_over_title = यह लिंक काम आ चुका है
prefs_move_over_text = पता इससे बदला जा चुका है, तब से कोई और बदलाव माँगा गया है, या यह बहुत पुराना है। अपने न्यूज़लेटर के पन्ने पर फिर माँगें।
prefs_undo_ask_title = क्या इसे वापस लें?
prefs_undo_ask_text = तब जो छोड़ा या बदला गया था, वह सब पहले जैसा हो जाएगा।
prefs_undo_ask_erase_title = क्या सब कुछ रहने दें?
prefs_undo_ask_erase_text = कुछ भी मिटाया नहीं जाएगा, और आपके न्यूज़लेटर पहले की तरह आएँगे।
prefs_undo_ask_move_title = क्या पते का बदलाव वापस लें?
prefs_undo_ask_move_text = आपके ईमेल फिर इसी पते पर आएँगे। नए पते का लिंक अब कुछ नहीं खोलेगा।
prefs_undo_button = वापस लें
prefs_undo_done_title = सब पहले जैसा है
prefs_undo_done_text = आपके न्यूज़लेटर फिर वैसे ही आएँगे जैसे आपने चुना था।
prefs_undo_moved_title = आपके ईमेल फिर इसी पते पर आते हैं
prefs_undo_moved_text = दूसरे पते पर अब कुछ नहीं जाता। अगर बदलाव किसी और ने माँगा था, तो शायद उसने आपका कोई ईमेल पढ़ा है: जिन ईमेल में आपका नया लिंक हो, उन्हें आगे न भेजें।
prefs_undo_over_title = वापस लेने को कुछ नहीं बचा
prefs_undo_over_text = यह वापस लिया जा चुका है या तब से बदल गया है, या बहुत पुराना है। हमारे किसी भी ईमेल के नीचे का लिंक आपके न्यूज़लेटर खोलता है।

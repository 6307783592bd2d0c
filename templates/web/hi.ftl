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
leave_pause_head = अभी नहीं
leave_pause_text = { $date } को यह अपने आप फिर आने लगेगा
leave_pause_button = एक महीने रोकें
leave_paused_title = { $newsletter } रोका गया है
leave_paused_text = { $date } तक { $address } पर इसमें से कुछ नहीं आएगा। फिर यह अपने आप आने लगेगा।
leave_still_head = ये अब भी आते हैं
leave_all_button = सब कुछ छोड़ें
leave_all_title = आपने सब कुछ छोड़ दिया है
leave_all_text = अब से { $address } पर कोई न्यूज़लेटर, ऑफ़र या सूचना नहीं आएगी।
leave_all_slip = { $date } तक आप सब कुछ पहले जैसा वापस पा सकते हैं।
leave_settings = सभी सेटिंग
leave_gone_title = छोड़ने को कुछ नहीं बचा
leave_gone_text = जिस पते पर यह ईमेल गया था वह, या यह न्यूज़लेटर, अब यहाँ नहीं है। इसमें से कुछ नहीं आएगा।

## जहाँ कोई पन्ना नहीं

error_not_found_title = ऐसा कोई पन्ना नहीं है
error_not_found_text = कुछ भी नहीं बदला है। अगर आपने पता टाइप किया है तो उसे एक बार फिर देखें; अगर आप किसी ईमेल के लिंक से आए हैं तो वह कट गया होगा: उसे पूरा कॉपी करें।
error_bad_link_title = यह लिंक पूरा नहीं है
error_bad_link_text = हो सकता है ईमेल प्रोग्राम ने इसे काट दिया हो या कोई अक्षर छूट गया हो। कुछ भी नहीं बदला है। ईमेल फिर खोलें और उसमें दिए लिंक को दबाएँ, या उसे पूरा कॉपी करें।
error_old_link_title = यह लिंक बहुत पुराना है
error_old_link_text = यह { $date } को बना था। उसी ईमेल से छोड़ना अब भी चलता है; बाकी के लिए किसी नए ईमेल का लिंक लें।
error_no_session_title = इस लिंक का समय पूरा हुआ
error_no_session_text = ईमेल का लिंक इसे आधे घंटे के लिए खोलता है। तब से कुछ भी नहीं बदला है। ईमेल का लिंक फिर दबाएँ। अगर आप अभी वहीं से आए हैं तो आपका ब्राउज़र कुकी नहीं रखता: इस साइट को उसकी एक कुकी रखने दें।
error_limited_title = इसके लिए नया लिंक चाहिए
error_limited_text = ईमेल आगे भेजा जा सकता है, इसलिए उसका लिंक कम ही कर सकता है। वापस जाएँ और अपने पते पर नया लिंक मँगाएँ।
error_too_many_title = यह बहुत बार हो गया
error_too_many_text = कुछ भी नहीं बदला है। { $count ->
    [one] एक मिनट में फिर कोशिश करें।
   *[other] { $count } मिनट में फिर कोशिश करें।
}
error_elsewhere_title = यह हमारे पन्ने से नहीं आया
error_elsewhere_text = यह फ़ॉर्म किसी और साइट ने भेजा, इसलिए कुछ नहीं किया गया। अगर आप यही चाहते थे तो ईमेल का लिंक खोलें और वहाँ बटन दबाएँ।
error_bad_form_title = यहाँ कुछ छूट गया है
error_bad_form_text = पन्ना जो भेजता है उसका एक हिस्सा नहीं पहुँचा, इसलिए कुछ नहीं किया गया। वापस जाएँ, पन्ना फिर से लोड करें और दोबारा दबाएँ।
error_too_long_title = यह बहुत लंबा था
error_too_long_text = कुछ भी सहेजा नहीं गया। वापस जाएँ, जो लिखा है उसे छोटा करें और फिर दबाएँ।
error_not_now_title = हम इसे सहेज नहीं सके
error_not_now_text = कुछ भी नहीं बदला है। गलती हमारी है और हमें पता है। एक मिनट में फिर कोशिश करें।
error_broken_title = हम यह नहीं कर सके
error_broken_text = कुछ भी नहीं बदला है। गलती हमारी है और हमारे लिए लिख ली गई है। एक मिनट में फिर कोशिश करें।

# Was die Seiten außer dem sagen, was schon die Mails sagen, auf Deutsch.

## Der Rahmen jeder Seite

skip = Zum Inhalt
all_newsletters = Alle Newsletter
house_rule = Keine Bilder, die Sie beobachten, und keine fremden Skripte.

## Abbestellen

leave_ask_title = { $newsletter } abbestellen?
leave_ask_text = Für { $address }. Noch hat sich nichts geändert: Einen Link zu öffnen ändert hier nie etwas.
leave_button = { $newsletter } abbestellen
leave_change_instead = Lieber Zeiten und Themen ändern
leave_left_title = Sie haben { $newsletter } abbestellt
leave_left_text = An { $address } kommt nichts mehr davon, auch nicht, was schon unterwegs war.
leave_saved = Gespeichert um { $time }.
leave_slip = War das ein Versehen?
leave_undo = Rückgängig
leave_back_title = Sie bekommen es wie zuvor
leave_back_text = Was Sie weggenommen hatten, kommt wieder an { $address }, wie es war.
leave_less_head = Oder weniger davon
leave_weekly_head = Einmal in der Woche
leave_weekly_what = Was in der Woche wichtig war, in einer Mail
leave_weekly_button = Lieber wöchentlich
leave_weekly_title = { $newsletter } kommt einmal in der Woche
leave_weekly_text = An { $address }, mit den Geschichten der Woche.
leave_pause_head = Jetzt nicht
leave_pause_text = Es kommt von selbst wieder am { $date }
leave_pause_button = Einen Monat Pause
leave_paused_title = { $newsletter } macht Pause
leave_paused_text = Bis { $date } kommt nichts davon an { $address }. Dann kommt es von selbst wieder.
leave_still_head = Sie bekommen noch
leave_all_button = Alles abbestellen
leave_all_title = Sie haben alles abbestellt
leave_all_text = Ab jetzt kommt kein Newsletter, kein Angebot und kein Hinweis mehr an { $address }.
leave_all_slip = Bis { $date } können Sie alles zurückhaben, wie es war.
leave_settings = Alle Einstellungen
leave_gone_title = Es gibt nichts mehr abzubestellen
leave_gone_text = Die Adresse, an die diese Mail ging, oder den Newsletter gibt es hier nicht mehr. Es kommt nichts mehr davon.

## Wo keine Seite ist

error_not_found_title = Diese Seite gibt es nicht
error_not_found_text = Es hat sich nichts geändert. Falls Sie die Adresse getippt haben, sehen Sie sie noch einmal an; falls Sie einem Link in einer Mail gefolgt sind, ist er vielleicht abgeschnitten: Kopieren Sie ihn ganz.
error_bad_link_title = Dieser Link ist nicht vollständig
error_bad_link_text = Vielleicht hat ihn ein Mailprogramm abgeschnitten, oder ein Zeichen fehlt. Es hat sich nichts geändert. Öffnen Sie die Mail noch einmal und drücken Sie auf den Link, oder kopieren Sie ihn ganz.
error_old_link_title = Dieser Link ist zu alt
error_old_link_text = Er stammt vom { $date }. Abbestellen geht mit derselben Mail noch immer; für alles andere nehmen Sie den Link in einer neueren.
error_no_session_title = Die Zeit dieses Links ist vorbei
error_no_session_text = Ein Link in einer Mail öffnet diese Seite für eine halbe Stunde. Seither hat sich nichts geändert. Drücken Sie noch einmal auf den Link in der Mail. Falls Sie eben von dort kommen, behält Ihr Browser keine Cookies: Erlauben Sie dieser Seite ihr einziges.
error_limited_title = Dafür braucht es einen frischen Link
error_limited_text = Eine Mail kann weitergeleitet werden, darum kann der Link in ihr wenig. Gehen Sie zurück und lassen Sie einen frischen an Ihre Adresse schicken.
error_too_many_title = Das war zu oft
error_too_many_text = Es hat sich nichts geändert. { $count ->
    [one] Versuchen Sie es in einer Minute noch einmal.
   *[other] Versuchen Sie es in { $count } Minuten noch einmal.
}
error_elsewhere_title = Das kam nicht von unserer Seite
error_elsewhere_text = Eine andere Website hat dieses Formular geschickt, darum ist nichts geschehen. Falls Sie es wollten, öffnen Sie den Link in der Mail und drücken Sie dort auf den Knopf.
error_bad_form_title = Hier fehlt etwas
error_bad_form_text = Ein Teil dessen, was die Seite schickt, ist nicht angekommen, darum ist nichts geschehen. Gehen Sie zurück, laden Sie die Seite neu und drücken Sie noch einmal.
error_too_long_title = Das war zu lang
error_too_long_text = Es wurde nichts gespeichert. Gehen Sie zurück, kürzen Sie, was Sie geschrieben haben, und drücken Sie noch einmal.
error_not_now_title = Wir konnten das nicht speichern
error_not_now_text = Es hat sich nichts geändert. Der Fehler liegt bei uns, und wir wissen davon. Versuchen Sie es in einer Minute noch einmal.
error_broken_title = Wir konnten das nicht tun
error_broken_text = Es hat sich nichts geändert. Der Fehler liegt bei uns und ist für uns notiert. Versuchen Sie es in einer Minute noch einmal.

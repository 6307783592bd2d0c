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
leave_followed_head = Nur das, dem ich folge
leave_followed_what = { $what }. Nichts an Tagen ohne sie
leave_followed_any = Nichts an Tagen ohne etwas davon
leave_followed_more = { $first } und { $count } weitere
leave_followed_button = Nur diese
leave_followed_title = Von { $newsletter } bekommen Sie nur das, dem Sie folgen
leave_followed_text = An Tagen ohne etwas davon kommt keine Mail an { $address }.
leave_pause_head = Jetzt nicht
leave_pause_text = Es kommt von selbst wieder am { $date }
leave_pause_button = Einen Monat Pause
leave_paused_title = { $newsletter } macht Pause
leave_paused_text = Bis { $date } kommt nichts davon an { $address }. Dann kommt es von selbst wieder.
leave_why_head = Warum, wenn Sie mögen
leave_why_legend = Warum Sie abbestellt haben. Sie müssen nicht antworten.
leave_why_many = Zu viele Mails
leave_why_about = Nicht das, was mich angeht
leave_why_known = Ich hatte alles schon auf der Website gelesen
leave_why_never = Ich hatte es nie bestellt
leave_why_words = In Ihren Worten
leave_why_hint = Wer { $newsletter } macht, kann das lesen. Abbestellt ist es so oder so.
leave_why_send = Senden
leave_why_none = Kreuzen Sie eines davon an, oder schreiben Sie, warum
leave_why_long = Schreiben Sie höchstens { $count } Zeichen
leave_why_kept = Ihre Antwort ist gespeichert. War das Abbestellen ein Versehen?
leave_still_head = Sie bekommen noch
leave_all_button = Alles abbestellen
leave_all_title = Sie haben alles abbestellt
leave_all_text = Ab jetzt kommt kein Newsletter, kein Angebot und kein Hinweis mehr an { $address }.
leave_all_slip = Bis { $date } können Sie alles zurückhaben, wie es war.
leave_settings = Alle Einstellungen
leave_gone_title = Es gibt nichts mehr abzubestellen
leave_gone_text = Die Adresse, an die diese Mail ging, oder den Newsletter gibt es hier nicht mehr. Es kommt nichts mehr davon.

## Im Browser lesen

read_gone_title = Diese Mail wird nicht mehr aufbewahrt
read_gone_text = Was es braucht, um eine Mail zu zeigen, behalten wir nur eine Weile. Die Geschichten selbst stehen auf der Website der Zeitung.
archive_title = Ausgaben zum Lesen
archive_text = Was diese Newsletter brachten, ohne das, was nur für einen Leser oder für Abonnenten war.
archive_empty = Noch keine. Eine Ausgabe steht hier, sobald sie verschickt ist.
sample_why = Das ist { $newsletter }, wie es erschienen ist. Wer bestellt, bekommt es per Mail.
sample_why_followed = So kam { $newsletter } zu denen, die allen Ressorts folgen. Wer bestellt, wählt, welchen Themen er folgt, und bekommt es per Mail.
sample_join = { $newsletter } bestellen

## Wo keine Seite ist

error_not_found_title = Diese Seite gibt es nicht
error_not_found_text = Es hat sich nichts geändert. Falls Sie die Adresse getippt haben, sehen Sie sie noch einmal an; falls Sie einem Link in einer Mail gefolgt sind, ist er vielleicht abgeschnitten: Kopieren Sie ihn ganz.
error_bad_link_title = Dieser Link ist nicht vollständig
error_bad_link_text = Vielleicht hat ihn ein Mailprogramm abgeschnitten, oder ein Zeichen fehlt. Es hat sich nichts geändert. Öffnen Sie die Mail noch einmal und drücken Sie auf den Link, oder kopieren Sie ihn ganz.
error_no_session_title = Die Zeit dieses Links ist vorbei
error_no_session_text = Ein Link in einer Mail öffnet diese Seite für eine halbe Stunde. Seither hat sich nichts geändert. Drücken Sie noch einmal auf den Link in der Mail. Falls Sie eben von dort kommen, behält Ihr Browser keine Cookies: Erlauben Sie dieser Seite ihr einziges.
error_limited_title = Dafür braucht es einen frischen Link
error_limited_text = Eine Mail kann weitergeleitet werden, darum kann der Link in ihr wenig. Gehen Sie zurück und lassen Sie einen frischen an Ihre Adresse schicken.
error_too_many_title = Das war zu oft
error_too_many_text = Es hat sich nichts geändert. { $count ->
    [one] Versuchen Sie es in einer Minute noch einmal.
   *[other] Versuchen Sie es in { $count } Minuten noch einmal.
}
error_many_saves_title = Das waren zu viele Änderungen
error_many_saves_text = Innerhalb einer Stunde wurden hier { $most } Änderungen gespeichert, darum diese nicht. { $count ->
    [one] Versuchen Sie es in einer Minute noch einmal.
   *[other] Versuchen Sie es in { $count } Minuten noch einmal.
} Abbestellen können Sie jederzeit.
error_elsewhere_title = Das kam nicht von unserer Seite
error_elsewhere_text = Eine andere Website hat dieses Formular geschickt, darum ist nichts geschehen. Falls Sie es wollten, öffnen Sie den Link in der Mail und drücken Sie dort auf den Knopf.
error_other_link_title = Diese Seite gehört zu einem anderen Link
error_other_link_text = Seit sie geöffnet wurde, hat dieser Browser den Link einer anderen Mail geöffnet. Nichts hat sich geändert. Öffnen Sie den Link dieser Seite noch einmal und drücken Sie dann erneut.
error_bad_form_title = Hier fehlt etwas
error_bad_form_text = Ein Teil dessen, was die Seite schickt, ist nicht angekommen, darum ist nichts geschehen. Gehen Sie zurück, laden Sie die Seite neu und drücken Sie noch einmal.
error_too_long_title = Das war zu lang
error_too_long_text = Es wurde nichts gespeichert. Gehen Sie zurück, kürzen Sie, was Sie geschrieben haben, und drücken Sie noch einmal.
error_not_now_title = Wir konnten das nicht speichern
error_not_now_text = Es hat sich nichts geändert. Der Fehler liegt bei uns, und wir wissen davon. Versuchen Sie es in einer Minute noch einmal.
error_broken_title = Wir konnten das nicht tun
error_broken_text = Es hat sich nichts geändert. Der Fehler liegt bei uns und ist für uns notiert. Versuchen Sie es in einer Minute noch einmal.

## Anmelden

signup_title = Die Zeitung per Mail, wann Sie wollen
signup_lede = { $count ->
    [one] Ein Newsletter, kostenlos.
   *[other] { $count } Newsletter, kostenlos.
} Kreuzen Sie an, was Ihnen gefällt, geben Sie eine Adresse an, drücken Sie einmal. Kein Passwort, auch später nicht.
signup_nothing = Zurzeit gibt es keinen Newsletter zu bestellen.
signup_daily = Jeden Tag
signup_weekly = Jede Woche
signup_seldom = Ab und zu
signup_when = { $days } um { $time }
signup_when_several = { $days }, ab { $time }
signup_when_own = { $when }, oder zu Ihrer Stunde
signup_when_zone = { $when }, { $zone }
signup_when_next = das nächste Mal am { $date } um { $time }
signup_when_instant = sobald es geschieht
signup_when_offer = wenn es eines gibt
signup_latest = Die neueste Ausgabe
signup_latest_of = Die neueste Ausgabe von { $newsletter }
signup_chosen = gewählt
signup_newsletters = Newsletter
signup_address = Ihre Mailadresse
signup_trap = Lassen Sie dies leer
signup_go = Anmelden
signup_mail = Wir schicken eine Mail mit einem Knopf. Sonst kommt nichts, bis Sie ihn drücken, und wenn Sie es nie tun, vergessen wir die Adresse nach drei Tagen.
signup_use = Wir brauchen die Adresse für das, was Sie angekreuzt haben, und für nichts sonst.
signup_hold = Was wir speichern und wozu
signup_hold_what = Ihre Adresse, was Sie angekreuzt haben, die Worte dieser Seite, wann Sie gedrückt haben, und das Netz, aus dem Sie kamen, ohne seinen letzten Teil. Das zeigt, dass Sie es waren.
signup_hold_until = Wenn Sie abbestellen, kommt keine Mail mehr. Ein Link in jeder Mail zeigt Ihnen alles, was wir speichern, gibt es Ihnen mit und löscht es; dann bleibt nur ein Hash der Adresse, damit wir ihr erst wieder schreiben, wenn sie neu angemeldet wird.

signup_error = Fehler: { $title }
signup_mend = { $count ->
    [one] Eines ist zu ändern
   *[other] { $count } Dinge sind zu ändern
}
signup_none = Kreuzen Sie mindestens einen Newsletter an
signup_unknown = Es gibt hier keinen Newsletter namens { $newsletter } zu bestellen
signup_address_empty = Schreiben Sie Ihre Mailadresse
signup_address_at = Schreiben Sie die ganze Adresse mit ihrem @, wie name@example.org
signup_address_domain = Schreiben Sie alles, was nach dem @ steht, wie example.org
signup_address_wrong = Schreiben Sie nur die Adresse, wie name@example.org
signup_address_mail = Bei { $domain } kommt keine Mail an: Sehen Sie nach, was hinter dem @ steht
signup_meant = Meinten Sie { $address }?

sent_title = Sehen Sie jetzt in Ihre Mail
sent_text = Wir haben einen Knopf an { $address } geschickt. Drücken Sie ihn, und { $count ->
    [one] es beginnt: { $newsletters }
   *[other] es beginnen: { $newsletters }
}.
sent_when = Er sollte in einer Minute da sein, von { $sender }. Bis Sie ihn drücken, kommt sonst nichts.
sent_head = Nichts da?
sent_junk = Sehen Sie im Ordner für Spam nach. Ist sie dort, verschieben Sie sie in den Posteingang: Spätere Ausgaben folgen ihr.
sent_stopped = Falls Sie uns einmal gebeten haben, diese Adresse zu vergessen, oder eine Mail von uns Spam genannt haben, dürfen wir ihr nicht schreiben. Dann schreiben Sie uns, an { $write }.
sent_again = Noch einmal schicken
sent_other = Eine andere Adresse nehmen
sent_hourly = Höchstens einmal in der Stunde, damit niemand Ihren Posteingang damit füllen kann.
sent_meant_go = An { $address } schicken
sent_role = { $local } ist oft ein Postfach, das mehrere lesen. Jeder von ihnen könnte den Knopf drücken oder abbestellen. Eine eigene Adresse ist sicherer.
sent_nobody = Postfächer namens { $local } liest meist niemand. Wenn das hier so ist, nehmen Sie eine andere Adresse.

confirm_title = Einmal drücken, um zu bestätigen
confirm_text = Sie, oder jemand, der Ihre Adresse getippt hat, haben { $count ->
    [one] dies
   *[other] diese
} für { $address } bestellt:
confirm_then = dann { $days }
confirm_not = Waren Sie es nicht? Tun Sie nichts. Es kommt keine Mail, und am { $date } vergessen wir die Adresse.
confirm_gone_title = Dieser Knopf ist verbraucht
confirm_gone_text = Er gilt drei Tage, und nicht mehr, wenn Sie wieder abbestellt haben. Es hat sich nichts geändert. Wenn Sie noch einen Newsletter wollen, melden Sie sich noch einmal an.
confirm_stopped_title = Wir dürfen dieser Adresse nicht schreiben
confirm_stopped_text = Eine Mail von uns wurde dort Spam genannt, oder die Zeitung hat sie gesperrt. Es hat sich nichts geändert. Um wiederzukommen, schreiben Sie uns, an { $write }.
done_title = Sie stehen auf der Liste
done_text = { $count ->
    [one] Die erste Ausgabe kommt zu dieser Zeit
   *[other] Die ersten Ausgaben kommen zu diesen Zeiten
}, { $zone }:
done_before_text = Es ist schon bestätigt, und es bleibt nichts zu tun. { $count ->
    [one] Die nächste Ausgabe kommt zu dieser Zeit
   *[other] Die nächsten Ausgaben kommen zu diesen Zeiten
}, { $zone }:
done_choose = Stunden und Themen wählen
done_change = Newsletter und Stunden ändern
done_saved = Gespeichert am { $date } um { $time }, mit den Worten, die Sie gesehen haben. Jede Mail hat einen Link zum Abbestellen und einen hierher.

join_title = { $newsletters } bestellen
join_text = Die Website von { $paper } sagt, dass Sie { $address } sind. Einmal drücken, und { $count ->
    [one] es beginnt
   *[other] sie beginnen
}:
join_go = Bestellen
join_use = Wir brauchen die Adresse dafür und für nichts sonst. Jede Mail hat einen Link zum Abbestellen.
join_used_title = Dieser Link ist schon benutzt
join_used_text = Wenn Sie es waren, ist nichts zu tun. Was Sie sonst wollen, können Sie hier wählen, oder Sie gehen zurück zur Website und drücken dort noch einmal.
join_old_title = Dieser Link ist zu alt
join_old_text = Er gilt nur kurze Zeit. Es hat sich nichts geändert. Gehen Sie zurück zur Website und drücken Sie dort noch einmal.

embed_code_title = Dieses Formular auf Ihrer eigenen Seite
embed_code_text = Kopieren Sie eines von beiden. Ihre Seite muss in web.embed_origins stehen.
embed_code_frame = In einem Rahmen
embed_code_form = Als Formular Ihrer Seite
## Die Einstellungen

language_name = Deutsch
prefs_title = Ihre Newsletter
prefs_title_saved = Gespeichert: Ihre Newsletter
prefs_title_error = Fehler: Ihre Newsletter
prefs_lede = Sie gehen an { $address }. An- und Abbestellen gilt sofort. Alles andere wird gespeichert, wenn Sie daneben auf Speichern drücken, und eine Zeile hier sagt es.
prefs_lede_limited = Sie gehen an { $address }. Eine Mail kann weitergeleitet werden, darum zeigt dieser Link wenig und kann wenig: Newsletter, Uhrzeiten, Pausen und ob nur kommt, dem Sie folgen. Für alles andere schicken wir einen frischen.
prefs_saved_at = Gespeichert um { $time }.
prefs_undo = Rückgängig machen
prefs_erasing = Sie haben darum gebeten, vergessen zu werden: Am { $date } wird alles gelöscht. Wenn Sie hier einen Newsletter bestellen, bleibt es.
prefs_erasing_keep = Alles behalten
prefs_erasing_locked = Es bleibt auch durch den Knopf in der Mail, die wir Ihnen dazu geschickt haben, und durch den, der hier steht, wenn Sie mit einem frischen Link kommen.
prefs_nav = Auf dieser Seite
prefs_nav_yours = Ihre
prefs_count = { $count ->
    [one] Sie bekommen einen
   *[other] Sie bekommen { $count }
}
prefs_none = Sie bekommen keine Newsletter
prefs_none_text = Es kommt nichts, bis Sie unten einen bestellen.
prefs_meta = Kommt { $when }
prefs_comes_at = { $days } um { $time }, { $zone }
prefs_comes_own = immer, wenn er erscheint
prefs_comes_instant = sobald es etwas Neues gibt
prefs_comes_unfollowed = erst, wenn Sie etwas folgen, und vorher nicht
prefs_comes_offers = wenn es etwas zu sagen gibt
prefs_comes_followed = { $when }, nur mit dem, dem Sie folgen
prefs_paused = Pausiert bis { $date }
prefs_details = Wann er kommt und was darin steht
prefs_when = Wann er kommt
prefs_how_often = Wie oft
prefs_cadence_scheduled = Wie er erscheint
prefs_cadence_daily = Täglich
prefs_cadence_weekly = Wöchentlich
prefs_cadence_instant = Sofort
prefs_keeps = Wie er erscheint, hat er seine eigene Zeit: { $time }, { $zone }.
prefs_at = Um
prefs_zone = Ihre Zeitzone
prefs_zone_now = { $zone }, jetzt { $time }
prefs_on = An
prefs_save = Speichern
prefs_save_when = : wann { $newsletter } kommt
prefs_save_only = : was in { $newsletter } steht
prefs_save_limit = : die Obergrenze
prefs_save_offers = : Angebote
prefs_save_notices = : Benachrichtigungen
prefs_save_language = : die Sprache
prefs_save_name = : den Namen
prefs_kept_at = Gespeichert um { $time }
prefs_kept_on = Gespeichert am { $date }
prefs_leave = Abbestellen
prefs_join = Bestellen
prefs_follows = Sie folgen
prefs_follows_none = Nichts Bestimmtem.
prefs_only_how = Wenn Sie hier etwas hinzufügen, dem Sie folgen, können Sie nur das bekommen.
prefs_mutes = Sie blenden aus
prefs_mute_wins = Was ausgeblendet ist, kommt nie, auch nicht von jemandem, dem Sie folgen.
prefs_kind_section = Ressort
prefs_kind_topic = Thema
prefs_kind_author = Autorin oder Autor
prefs_kind_keyword = Wort in Überschrift oder Vorspann
prefs_kind_since = { $kind }, seit { $date }
prefs_quoted = „{ $word }“
prefs_remove = Entfernen
prefs_add = Ressort, Thema, Namen oder Wort hinzufügen
prefs_follow = Folgen
prefs_mute = Ausblenden
prefs_in = : in { $newsletter }
prefs_only = Was darin steht
prefs_only_no = Alles
prefs_only_yes = Nur das, dem ich folge
prefs_only_hint = Wenn nur das kommt, dem Sie folgen, kommt an Tagen ohne etwas davon keine Mail. Auch was nach Meinung der Zeitung alle lesen sollten, bleibt dann weg, wenn Sie ihm nicht folgen.
prefs_beat = { $kind }, { $count ->
    [one] ein Artikel in der Woche
   *[other] { $count } Artikel in der Woche
}
prefs_week = Was in dieser Woche kommt
prefs_week_none = Nichts
prefs_week_followed = { $newsletter }, wenn etwas darin ist, dem Sie folgen
prefs_week_held = { $newsletter }, von Ihrer Obergrenze zurückgehalten
prefs_week_text = Hier steht nur, was zu fester Zeit kommt. Was Ihre Obergrenze zurückhält, wird für die nächste Ausgabe aufgehoben.
prefs_more = Weitere Newsletter
prefs_less = Obergrenze und Pause
prefs_limit = Obergrenze
prefs_limit_label = Schicken Sie mir höchstens
prefs_limit_none = so viele, wie es gibt
prefs_limit_mails = { $count ->
    [one] eine Mail in der Woche
   *[other] { $count } Mails in der Woche
}
prefs_limit_hint = Mails zu Ihrem Konto zählen nicht.
prefs_pause = Pausieren
prefs_pause_what = Was
prefs_pause_all = Alles
prefs_pause_until = Bis
prefs_pause_week = { $date }, eine Woche lang
prefs_pause_month = { $date }, einen Monat lang
prefs_pause_day = Ein anderer Tag
prefs_pause_day_label = Der andere Tag
prefs_pause_nothing = Nichts pausiert
prefs_pause_now = Jetzt pausiert
prefs_pause_state = { $newsletter }, bis { $date }
prefs_resume = Weiter
prefs_offers = Angebote
prefs_offers_notices = Angebote und Benachrichtigungen
prefs_offers_legend = Angebote, die Sie möchten
prefs_notices = Benachrichtigungen
prefs_notices_legend = Benachrichtigungen, die Sie möchten
prefs_notice_replies = Antworten auf meine Kommentare
prefs_notice_replies_hint = Eine Stunde lang gesammelt: Zehn Antworten sind eine Mail.
prefs_notice_moderation = Mein Kommentar wurde veröffentlicht oder abgelehnt
prefs_notice_moderation_hint = Einmal für jeden Kommentar.
prefs_notice_saved = Meine gemerkten Artikel
prefs_notice_saved_hint = Und sofort, wenn einer davon berichtigt wird.
prefs_notice_meter = Meine freien Artikel sind aufgebraucht
prefs_notice_meter_hint = Höchstens einmal im Monat.
prefs_data = Adresse und Daten
prefs_data_open = Offen bis { $time }, weil Sie über einen frischen Link gekommen sind. Danach wieder verschlossen.
prefs_address = Adresse ändern
prefs_address_new = Neue Adresse
prefs_address_hint = Wir schicken einen Link dorthin und sagen der alten Adresse Bescheid. Bis Sie auf den Link drücken, ändert sich nichts.
prefs_address_waiting = { $address } wartet darauf, dass dort auf den Link gedrückt wird, bis { $date }, { $time }. Bis dahin ändert sich nichts.
prefs_address_button = Link schicken
prefs_language = Sprache
prefs_language_label = Mails und Seiten auf
prefs_language_own = wie jeder Newsletter
prefs_name = Ihr Name
prefs_name_label = So begrüßen Sie mich
prefs_name_hint = Bleibt das Feld leer, grüßen die Mails ohne Namen.
prefs_held = Ihre Daten
prefs_held_text = Ihre Adresse, was Sie wann gewählt haben, jede Mail an Sie und was aus ihr wurde.
prefs_held_read = Lesen
prefs_held_download = Herunterladen
prefs_forget = Vergessen werden
prefs_forget_text = Hält alle Mails sofort an und löscht alles am { $date }. Bis dahin können Sie es sich anders überlegen. Wir behalten ein unleserliches Zeichen Ihrer Adresse, damit wir ihr erst wieder schreiben, wenn sie neu angemeldet wird.
prefs_forget_button = Alles über mich löschen
prefs_locked = Adresse und Daten sind verschlossen
prefs_locked_text = Wir schicken einen Link an { $address }. Er öffnet sie, und das, dem Sie folgen, für eine halbe Stunde.
prefs_locked_button = Frischen Link schicken
prefs_leave_all = Alles abbestellen
prefs_leave_all_text = Alle Newsletter, Angebote und Benachrichtigungen hören sofort auf, auch die, die schon auf dem Weg nach draußen sind. Sie können es 30 Tage lang rückgängig machen, und alles ist, wie es war.
prefs_did_join = Sie bekommen jetzt { $newsletter }. Der Newsletter kommt { $when }.
prefs_did_leave = Sie haben { $newsletter } abbestellt.
prefs_did_when = { $newsletter } kommt jetzt { $when }.
prefs_did_follow = Sie folgen { $what } in { $newsletter }.
prefs_did_mute = { $newsletter } bringt nichts mehr von { $what }.
prefs_did_forget = In { $newsletter } folgen Sie { $what } nicht mehr und blenden es auch nicht aus.
prefs_did_only = Von { $newsletter } bekommen Sie nur das, dem Sie folgen, und an Tagen ohne etwas davon keine Mail.
prefs_did_not_only = { $newsletter } bringt wieder alles, nicht nur das, dem Sie folgen.
prefs_did_limit = { $count ->
    [one] Es kommt höchstens eine Mail in der Woche.
   *[other] Es kommen höchstens { $count } Mails in der Woche.
}
prefs_did_no_limit = Ihre Mails haben keine Obergrenze.
prefs_did_pause = { $newsletter } pausiert bis { $until }.
prefs_did_pause_all = Alles pausiert bis { $until }.
prefs_did_resume = { $newsletter } kommt wieder.
prefs_did_resume_all = Nichts pausiert mehr.
prefs_did_offers = Sie hören von Angeboten.
prefs_did_no_offers = Sie hören von keinen Angeboten mehr.
prefs_did_notices = Sie bekommen die angekreuzten Benachrichtigungen.
prefs_did_language = Mails und Seiten sind jetzt in dieser Sprache.
prefs_did_name = Mails begrüßen Sie als { $name }.
prefs_did_no_name = Mails begrüßen Sie ohne Namen.
prefs_did_leave_all = Sie haben alles abbestellt. Es kommt nichts mehr.
prefs_did_erase = Es kommen keine Mails mehr, und am { $date } wird alles gelöscht. Eine Mail darüber ist zu Ihnen unterwegs.
prefs_did_undo = Es ist wieder, wie es war.
prefs_did_set = Es wurde geändert.
prefs_note_same = Nichts zu ändern: Es ist schon so.
prefs_note_late = Es gibt nichts mehr rückgängig zu machen: Es wurde seither geändert oder ist mehr als 30 Tage her.
prefs_note_link = Geschickt an { $address }. Der Link darin gilt eine halbe Stunde.
prefs_note_often = Wir haben in der letzten Stunde schon Links an { $address } geschickt. Suchen Sie noch einmal danach oder versuchen Sie es in einer Stunde.
prefs_note_address = Sehen Sie in das Postfach der neuen Adresse: Wenn sie Mails von uns bekommen kann, ist dort ein Link. Er gilt einen Tag. Bis jemand darauf drückt, ändert sich nichts.
prefs_error_newsletter = Sie bekommen diesen Newsletter nicht mehr. Bestellen Sie ihn zuerst.
prefs_error_cadence = So kommt er nicht. Wählen Sie etwas von dem, was dasteht.
prefs_error_no_day = Kreuzen Sie mindestens einen Tag an.
prefs_error_many_days = Wöchentlich heißt an einem Tag: Kreuzen Sie nur einen an.
prefs_error_hour = Wählen Sie eine Uhrzeit.
prefs_error_zone = Wählen Sie eine der Zeitzonen.
prefs_error_term = Schreiben Sie ein Ressort, ein Thema, einen Namen oder ein Wort.
prefs_error_nothing_followed = Fügen Sie hier zuerst etwas hinzu, dem Sie folgen, dann können Sie nur das bekommen.
prefs_error_many_terms = Sie folgen hier 200 Dingen oder blenden sie aus. Entfernen Sie zuerst eines.
prefs_error_budget = Wählen Sie eine der Zahlen.
prefs_error_pause_past = Wählen Sie einen Tag nach heute.
prefs_error_pause_long = Wählen Sie einen Tag innerhalb eines Jahres. Für länger bestellen Sie ab.
prefs_error_pause_by_mail = Mit dem Link einer Mail dauert eine Pause höchstens einen Monat. Wählen Sie einen früheren Tag, oder lassen Sie sich weiter unten für eine längere einen frischen Link schicken.
prefs_error_language = Wählen Sie eine der Sprachen.
prefs_error_name = Schreiben Sie einen Namen mit höchstens 100 Zeichen.
prefs_error_address = Schreiben Sie die ganze Adresse, wie asha@example.org.
prefs_error_same_address = Ihre Mails gehen schon an diese Adresse. Schreiben Sie eine andere.
prefs_error_many_moves = Sie haben heute um drei Änderungen gebeten. Versuchen Sie es morgen noch einmal.
prefs_data_title = Was wir über Sie haben
prefs_data_lede = Alles zu { $address }; wir kennen Sie seit { $since }. Das Neueste steht oben.
prefs_data_back = Zurück zu Ihren Newslettern
prefs_data_reader = Sie
prefs_data_address = Adresse
prefs_data_tier = Abonnement
prefs_data_free = keines
prefs_data_premium = bezahlt
prefs_data_consent = Einwilligung
prefs_data_history = Was Sie wann gewählt haben
prefs_data_answers = Warum Sie abbestellt haben
prefs_data_moves = Änderungen der Adresse
prefs_data_waiting = Wartet auf Ihr Ja
prefs_data_softs = Mails, die vorerst nicht ankamen
prefs_data_soft = Ihr Postfach nahm eine Mail nicht an.
prefs_data_stopped = Warum wir nicht an diese Adresse schreiben
prefs_data_stopped_hard-bounce = Mails kamen zurück: Das Postfach gibt es nicht.
prefs_data_stopped_soft-bounces = Mails kamen immer wieder zurück.
prefs_data_stopped_complaint = Eine Mail wurde in Ihrem Postfach Spam genannt.
prefs_data_stopped_erased = Ihre Daten wurden gelöscht.
prefs_data_stopped_manual = Die Zeitung hat es so bestimmt.
prefs_data_returned = Was zurückkam, ohne zu sagen, von welcher Mail
prefs_data_mails = Mails
prefs_data_none = Nichts.
prefs_data_newest = Das sind die neuesten { $count }. In der Datei steht alles.
prefs_data_at = { $date }, { $time }
prefs_data_joined = { $newsletter } bestellt
prefs_data_left = { $newsletter } abbestellt
prefs_data_shown = Sie haben { $words } gedrückt.
prefs_data_proof = Der Eintrag, Wort für Wort: { $record }
prefs_data_by_signup = Über die Anmeldeseite und den Knopf in der Mail danach
prefs_data_by_embed = Über unser Formular auf einer anderen Seite und den Knopf in der Mail danach
prefs_data_by_site = Über das Formular einer Website und den Knopf in der Mail danach
prefs_data_by_member = Über einen Link der Website der Zeitung
prefs_data_by_leave = Auf der Seite hinter dem Link zum Abbestellen in einer Mail
prefs_data_by_mail = Auf der Seite Ihrer Newsletter, über den Link einer Mail
prefs_data_by_fresh = Auf der Seite Ihrer Newsletter, über einen frischen Link
prefs_data_by_undo = Über den Knopf einer Mail, der es zurücknimmt
prefs_data_by_click = Über den Knopf Ihres Mailprogramms
prefs_data_by_letter = Durch eine Mail, die abbestellen wollte
prefs_data_by_complaint = Weil eine Mail in Ihrem Postfach Spam genannt wurde
prefs_data_by_paper = Durch die Zeitung
prefs_data_by_file = Von der Zeitung aus einer Datei übernommen: { $file }
prefs_data_from = { $by }, aus dem Netz { $network }
prefs_data_answer = { $newsletter } abbestellt und gesagt, warum
prefs_data_move_asked = Von { $from } zu { $to }: gewünscht, nicht bestätigt
prefs_data_move_done = Von { $from } zu { $to }: geändert
prefs_data_move_back = Von { $from } zu { $to }: geändert und zurückgenommen
prefs_data_is = { $what }: { $value }
prefs_data_same = Keine Wahl wurde geändert.
prefs_data_zone_own = Uhrzeiten gelten in der Zeitzone des jeweiligen Newsletters.
prefs_data_quiet = Von { $from } bis { $to } kommt keine Mail.
prefs_data_quiet_own = Es gelten die Ruhezeiten des jeweiligen Newsletters.
prefs_data_notices_off = Benachrichtigungen, die Sie nicht möchten
prefs_data_notices_all = Sie möchten alle Benachrichtigungen.
prefs_data_comes = { $newsletter } kommt: { $when }
prefs_data_usual_time = zur üblichen Zeit
prefs_data_usual_days = an den üblichen Tagen
prefs_data_not_follow = Sie folgen { $what } in { $newsletter } nicht mehr.
prefs_data_not_mute = Sie blenden { $what } in { $newsletter } nicht mehr aus.
prefs_data_try = Versuch { $count }
prefs_data_try_uncertain = Die Verbindung brach ab, als die Mail schon übergeben war; vielleicht wurde sie gesendet
prefs_data_try_refused = Der Mailserver wies uns ab, und wir versuchen es später
prefs_data_try_later = Der Mailserver bat uns, es später zu versuchen
prefs_data_try_broke = Die Verbindung brach ab, bevor die Mail übergeben war
prefs_data_mail_said = { $what }. Die Worte des Servers: { $words }
prefs_data_mail_planned = Zusammengestellt
prefs_data_mail_queued = Soll abgehen
prefs_data_mail_sending = Wird gerade übergeben
prefs_data_mail_accepted = Angenommen vom Mailserver, der sie weitergibt
prefs_data_mail_deferred = Der nächste Versuch
prefs_data_mail_failed = Konnte nicht gesendet werden
prefs_data_mail_skipped = Nicht gesendet
prefs_data_mail_uncertain = Vielleicht gesendet
prefs_data_mail_bounced = Zurückgekommen
prefs_data_mail_complained = In Ihrem Postfach Spam genannt
prefs_data_mail_cancelled = Abgesagt
prefs_data_mail_suppressed = Zurückgehalten
prefs_data_mail_expired = Zu spät zum Senden
prefs_data_mail_delayed = Noch unterwegs: Der Server Ihres Postfachs hat sie noch nicht angenommen
prefs_data_mail_left = Sie haben mit einer Mail abbestellt
prefs_data_reason_no_stories = Seit der letzten Mail war kein Artikel für Sie dabei
prefs_data_reason_too_late = Die Zeit dieser Mail war lange vorbei, als wir dazu kamen
prefs_data_reason_paused = Sie hatten pausiert
prefs_data_reason_left = Sie hatten abbestellt, bevor sie abgehen konnte
prefs_data_reason_erased = Ihre Daten wurden gelöscht, bevor sie abgehen konnte
prefs_data_reason_suppressed = Wir dürfen nicht an Ihre Adresse schreiben
prefs_data_reason_expired = Die Zeit dieser Mail verging, bevor der Mailserver sie annehmen konnte
prefs_data_reason_called_off = Die Zeitung hat die Ausgabe abgesagt
prefs_data_reason_refused = Der Mailserver wies sie ab
prefs_data_reason_gave_up = Der Mailserver bat uns, es später zu versuchen, bis wir aufgaben
prefs_data_reason_no_reply = Die Verbindung brach ab, als die Mail schon übergeben war, bevor eine Antwort kam
prefs_data_reason_killed = Unser Programm wurde beendet, während es die Mail übergab
prefs_data_reason_not_allowed = Die Zeitung probt und schreibt nur an wenige Adressen
prefs_data_reason_not_rendered = Wir konnten sie nicht zusammenstellen; der Fehler liegt bei uns
prefs_data_reason_retracted = Alle Artikel darin wurden zurückgezogen, bevor sie abgehen konnte
prefs_data_reason_limit = Ihre Obergrenze war erreicht; was darin stand, wird für die nächste Ausgabe aufgehoben
prefs_data_reason_letters = Der Mailserver kann nicht an Adressen mit Buchstaben wie in Ihrer schreiben
prefs_data_reason_too_large = Sie ist größer, als der Mailserver annimmt
prefs_data_reason_no_mailbox = Das Postfach gibt es nicht
prefs_data_reason_mailbox_full = Das Postfach ist voll
prefs_data_reason_not_wanted = Der Server Ihres Postfachs will sie nicht
prefs_data_reason_came_back = Sie konnte nicht in Ihr Postfach gebracht werden
prefs_data_reason_nothing_followed = Seit der letzten Mail ging es in keinem Artikel um das, dem Sie folgen
prefs_move_ask_title = Ist das Ihre neue Adresse?
prefs_move_ask_text = Von jetzt an kommen alle Mails, die an { $from } gehen, zu { $to }. Die alte Adresse erfährt es und kann es eine Woche lang zurücknehmen.
prefs_move_button = Ja, hierher schicken
prefs_move_done_title = Ihre Adresse ist geändert
prefs_move_done_text = Alle Mails kommen von jetzt an hierher. Die alte Adresse weiß es und kann es eine Woche lang zurücknehmen.
prefs_move_taken_title = Diese Adresse bekommt schon Newsletter
prefs_move_taken_text = Sie hat eigene Einstellungen, darum hat sich nichts geändert. Bestellen Sie dort zuerst ab oder lassen Sie alles löschen, und versuchen Sie es noch einmal.
prefs_move_suppressed_title = An diese Adresse dürfen wir nicht schreiben
prefs_move_suppressed_text = Eine Mail von uns wurde dort Spam genannt, oder die Zeitung hat sie gesperrt. Es hat sich nichts geändert. Nehmen Sie eine andere Adresse oder antworten Sie auf eine Mail der Zeitung.
prefs_move_over_title = Dieser Link ist verbraucht
prefs_move_over_text = Die Adresse wurde damit schon geändert, seither wurde eine andere gewünscht, oder er ist zu alt. Versuchen Sie es auf der Seite Ihrer Newsletter noch einmal.
prefs_undo_ask_title = Rückgängig machen?
prefs_undo_ask_text = Alles, was damals abbestellt oder geändert wurde, wird wieder, wie es war.
prefs_undo_ask_erase_title = Alles behalten?
prefs_undo_ask_erase_text = Es wird nichts gelöscht, und Ihre Newsletter kommen wie zuvor.
prefs_undo_ask_move_title = Die Änderung der Adresse zurücknehmen?
prefs_undo_ask_move_text = Ihre Mails kommen wieder an diese Adresse. Der Link der neuen Adresse öffnet nichts mehr.
prefs_undo_button = Rückgängig machen
prefs_undo_done_title = Es ist wieder, wie es war
prefs_undo_done_text = Ihre Newsletter kommen wieder, wie Sie es gewählt haben.
prefs_undo_moved_title = Ihre Mails kommen wieder an diese Adresse
prefs_undo_moved_text = Die andere Adresse bekommt nichts mehr. Wenn jemand anders die Änderung wollte, hat er vielleicht eine Mail von Ihnen gelesen: Geben Sie Mails mit Ihrem frischen Link nicht weiter.
prefs_undo_over_title = Es gibt nichts mehr rückgängig zu machen
prefs_undo_over_text = Es wurde schon zurückgenommen oder seither geändert, oder es ist zu lange her. Der Link am Fuß jeder unserer Mails öffnet Ihre Newsletter.

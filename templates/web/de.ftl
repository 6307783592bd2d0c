# Was die Seiten außer dem sagen, was schon die Mails sagen, auf Deutsch.

## Der Rahmen jeder Seite

skip = Zum Inhalt
all_newsletters = Alle Newsletter
house_rule = Keine Bilder, die Sie beobachten, und keine fremden Skripte.

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

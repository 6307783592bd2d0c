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
signup_hold_until = Wenn Sie abbestellen, kommt keine Mail mehr. Ein Link in jeder Mail zeigt Ihnen alles, was wir speichern, gibt es Ihnen mit und löscht es; dann bleibt nur ein Hash der Adresse, damit ihr niemand mehr schreibt.

signup_error = Fehler: { $title }
signup_mend = { $count ->
    [one] Eines ist zu ändern
   *[other] { $count } Dinge sind zu ändern
}
signup_none = Kreuzen Sie mindestens einen Newsletter an
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
confirm_stopped_text = Eine Mail von uns wurde dort Spam genannt, oder ihr Leser wurde vergessen, oder die Zeitung hat sie gesperrt. Es hat sich nichts geändert. Um wiederzukommen, schreiben Sie uns, an { $write }.
done_title = Sie stehen auf der Liste
done_text = { $count ->
    [one] Die erste Ausgabe kommt zu dieser Zeit
   *[other] Die ersten Ausgaben kommen zu diesen Zeiten
}, { $zone }:
done_choose = Stunden und Themen wählen
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

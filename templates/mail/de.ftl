# What the mails say by themselves, in German.

## Stories

browser = Im Browser lesen
read = Weiterlesen
premium = Premium
premium_note = Nur mit Abo
followed = Sie folgen diesem Thema
followed_text = Sie folgen diesem Thema
correction = Korrektur
more = { $count ->
    [one] Ein weiterer Beitrag
   *[other] { $count } weitere Beiträge
} auf der Website

## Greetings: until noon, until six, and after

greeting_morning = Guten Morgen, { $name }.
greeting_morning_plain = Guten Morgen.
greeting_day = Guten Tag, { $name }.
greeting_day_plain = Guten Tag.
greeting_evening = Guten Abend, { $name }.
greeting_evening_plain = Guten Abend.

## The foot

why = Sie erhalten „{ $newsletter }“, weil Sie sich dafür angemeldet haben.
why_since = Sie erhalten „{ $newsletter }“, weil Sie sich am { $since } dafür angemeldet haben.
schedule_own = Sie bekommen jede Ausgabe, sobald sie erscheint.
schedule_instant = Sie bekommen jede Meldung sofort.
schedule_at = Gewünschter Versand: { $days } um { $time } ({ $zone }).
change = Inhalte und Zeiten ändern
pause = Pausieren
leave = „{ $newsletter }“ abbestellen
privacy = Wir zeichnen nicht auf, was Sie öffnen.

## Offers

offer = ein Angebot: { $paper }
offer_why = Sie erhalten diese E-Mail, weil Sie von Angeboten erfahren wollen, bevor sie für alle gelten.
offer_why_since = Sie erhalten diese E-Mail, weil Sie seit dem { $since } von Angeboten erfahren wollen, bevor sie für alle gelten.
offer_change = Einstellungen ändern
offer_leave = Keine Angebote mehr
code = Ihr Code. Er gilt einmal.
shared_code = Der Code. Er ist für alle gleich.
from_now = Ab sofort
times = Alle Zeiten: { $zone }.
terms = Die vollständigen Bedingungen

## Mitteilungen

notice_confirm_subject = Bitte bestätigen: { $newsletters }
notice_confirm_head = Ein Klick zur Bestätigung
notice_confirm_text = Sie oder jemand, der Ihre Adresse eingegeben hat, möchte { $newsletters } bekommen. Bevor Sie zustimmen, kommt nichts.
notice_confirm_go = Ja, bitte schicken
notice_confirm_not = Das waren nicht Sie? Dann brauchen Sie nichts zu tun. Es kommt keine Mail, und wir vergessen die Adresse.

notice_link_subject = Ihr Link zu allen Einstellungen
notice_link_head = Ihr Link zu allen Einstellungen
notice_link_text = Sie haben bei { $paper } um einen neuen Link gebeten. Er öffnet alles: Ihre Newsletter, Ihre Adresse und was wir über Sie gespeichert haben.
notice_link_go = Einstellungen öffnen
notice_link_not = Das waren nicht Sie? Dann brauchen Sie nichts zu tun, es hat sich nichts geändert. Geben Sie diese Mail nicht weiter: Der Link öffnet Ihre Einstellungen für jeden.

notice_address_subject = Bitte bestätigen Sie Ihre neue Adresse
notice_address_head = Ist das Ihre neue Adresse?
notice_address_text = Jemand, der { $paper } liest, möchte seine Mails ab jetzt hierher bekommen. Bevor Sie zustimmen, ändert sich nichts.
notice_address_go = Ja, hierher schicken
notice_address_not = Das waren nicht Sie? Dann brauchen Sie nichts zu tun. An diese Adresse kommt keine weitere Mail.

notice_changed_subject = Ihre Adresse wurde geändert
notice_changed_head = Ihre Adresse wurde geändert
notice_changed_text = Ihre Mails von { $paper } gehen ab jetzt an { $address }. Dort wurde das bestätigt.
notice_changed_go = Zurücknehmen
notice_changed_not = Das waren Sie? Dann ist nichts zu tun. Wenn nicht, nehmen Sie es zurück, und Ihre Mails kommen wieder hierher.
notice_changed_write = Das waren Sie? Dann ist nichts zu tun. Wenn nicht, antworten Sie auf diese Mail.

notice_left_subject = Sie sind abgemeldet: { $newsletters }
notice_left_head = Sie sind abgemeldet: { $newsletters }
notice_left_text = Jemand hat den Link am Fuß einer Mail benutzt, die wir Ihnen geschickt haben. Von { $newsletters } kommt nichts mehr.
notice_left_go = Rückgängig machen
notice_left_not = Das waren Sie? Dann ist nichts zu tun. Wenn nicht, haben Sie vielleicht eine Mail weitergegeben, und jemand hat den Link darin benutzt. Machen Sie es rückgängig, und alles ist wieder, wie es war.

notice_erasing_subject = Was wir über Sie haben, wird gelöscht
notice_erasing_head = Was wir über Sie haben, wird gelöscht
notice_erasing_text = Sie haben { $paper } gebeten, Sie zu vergessen. Es kommen keine Mails mehr. Bis zu dem Zeitpunkt unten können Sie es sich anders überlegen; danach bleibt nur ein unleserliches Zeichen Ihrer Adresse, damit wir ihr erst wieder schreiben, wenn sie neu angemeldet wird.
notice_erasing_go = Alles behalten
notice_erasing_not = Waren Sie es? Dann ist nichts zu tun. Wenn nicht, drücken Sie den Knopf, und alles ist, wie es war.

notice_from = Die Anfrage kam aus dem Netz { $network }.
notice_until = Das geht bis { $until }.
notice_why = Diese Mail antwortet auf das, was bei { $paper } mit dieser Adresse getan wurde. Sie kommt von selbst und nur einmal.

## Sentences

comma = ,
full_stop = .
list_end = { $first } und { $last }
list_others = { $first } und { $count ->
    [one] eine weitere Person
   *[other] { $count } weitere
}

## Dates and times. \u00A0 is a space that does not break.

date_long = { $weekday }, { $day }. { $month } { $year }
date_short = { $day }. { $month } { $year }
date_moment = { $weekday_short }, { $day }., { $time }
time = { $hour }.{ $mm }{ "\u00A0" }Uhr
zone = Zeit in { $place }
zone_utc = UTC
zone_europe_berlin = deutsche Zeit
zone_europe_vienna = österreichische Zeit
zone_europe_zurich = Schweizer Zeit

days_all = täglich
days_work = montags bis freitags
days_weekend = am Wochenende
days_some = { $days }

days_1 = montags
days_2 = dienstags
days_3 = mittwochs
days_4 = donnerstags
days_5 = freitags
days_6 = samstags
days_7 = sonntags

weekday_1 = Montag
weekday_2 = Dienstag
weekday_3 = Mittwoch
weekday_4 = Donnerstag
weekday_5 = Freitag
weekday_6 = Samstag
weekday_7 = Sonntag

weekday_short_1 = Mo
weekday_short_2 = Di
weekday_short_3 = Mi
weekday_short_4 = Do
weekday_short_5 = Fr
weekday_short_6 = Sa
weekday_short_7 = So

month_1 = Januar
month_2 = Februar
month_3 = März
month_4 = April
month_5 = Mai
month_6 = Juni
month_7 = Juli
month_8 = August
month_9 = September
month_10 = Oktober
month_11 = November
month_12 = Dezember

## Numbers

number_digits = 0123456789
number_separator = .
number_groups = 3

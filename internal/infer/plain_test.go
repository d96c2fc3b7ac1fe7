package infer

import "testing"

func TestPlainSpellsForeignLetters(t *testing.T) {
	for text, want := range map[string]string{
		"Größe shop": "Groesse shop", "Gro\u0308ße": "Groesse", "Ärger": "Aerger", "Smørrebrød": "Smorrebrod", "Łódź": "Lodz",
		"crème brûlée": "creme brulee", "œuvre": "oeuvre", "ﬁle": "file", "注文": "", "a💧b": "ab", "": "",
	} {
		if got := Plain(text); got != want {
			t.Errorf("Plain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNamesKeepTheSoundOfForeignLetters(t *testing.T) {
	for text, want := range map[string]string{
		"Größe": "groesse", "bestellGröße": "bestell_groesse", "ÄNDERUNG": "aenderung", "orderÉtat": "order_etat", "Cena_zboží": "cena_zbozi",
		"注文": "f", "注文Id": "id", "orderId": "order_id", "HTTPStatus": "http_status", "Order ID": "order_id", "v2Id": "v2_id",
	} {
		if got := snake(text); got != want {
			t.Errorf("snake(%q) = %q, want %q", text, got, want)
		}
	}
}

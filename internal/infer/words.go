package infer

import (
	"slices"
	"strings"
)

// hasWord says that a name of words joined by _ has one of the given words.
func hasWord(name string, words ...string) bool {
	return slices.ContainsFunc(strings.Split(name, "_"), func(word string) bool { return slices.Contains(words, word) })
}

// timely says that a name is that of a time, so that a number in it may be one.
func timely(name string) bool {
	return hasWord(name, "at", "ts", "time", "timestamp", "date", "datetime", "created", "updated", "modified", "when", "epoch", "millis", "occurred", "received", "sent", "ms", "expires", "started", "ended", "start", "end")
}

// codelike says that digits in a field of the name are no number to add up.
func codelike(name string) bool {
	return hasWord(name, "zip", "zipcode", "postcode", "postal", "phone", "mobile", "fax", "code", "isbn", "ean", "gtin", "sku", "iban", "vat", "ssn", "account", "card")
}

// summable says that the sum of a field means something.
func summable(name string) bool {
	return hasWord(name, "amount", "total", "cost", "revenue", "sum", "paid", "fee", "tax", "price", "value", "quantity", "qty", "count", "duration", "bytes", "net", "gross", "subtotal")
}

// personal says that a field of the name most likely holds something about a person.
func personal(name string) bool {
	if hasWord(name, "email", "mail", "phone", "telephone", "iban", "ssn", "passport", "firstname", "lastname", "surname", "street", "fax") {
		return true
	}
	for _, words := range []string{"first_name", "last_name", "full_name", "given_name", "family_name", "customer_name", "user_name", "contact_name",
		"card_number", "mobile_number", "address_line", "ip_address", "remote_ip", "client_ip", "e_mail"} {
		if strings.Contains(name, words) {
			return true
		}
	}
	// A mobile's brand says nothing about its owner.
	return name == "mobile" || strings.HasSuffix(name, "_mobile")
}

// ownID says that a column of the name is the id of an event itself, not of what the event is about.
func ownID(name string) bool {
	return slices.Contains([]string{"event_id", "event_uuid", "message_id", "msg_id", "record_id"}, name)
}

// envelopes are names of members that hold the whole content of an event.
var envelopes = []string{"data", "payload", "detail", "properties", "body", "attributes", "event"}

// certain are names of fields that can only say of which type an event is, the likeliest first.
var certain = []string{"event_type", "eventType", "event_name", "eventName", "event", "detail-type", "detailType", "message_type", "messageType", "record_type", "recordType"}

// discriminators are those and names of fields that may say something else.
var discriminators = append(slices.Clone(certain), "type", "kind", "action", "topic", "schema", "entity", "__type", "@type")

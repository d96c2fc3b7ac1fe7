package contract

import (
	"bytes"
	"net/netip"
	"unsafe"
)

// textFormats are the values of format, with what they are called in messages.
func textFormats() map[string]func([]byte) bool {
	return map[string]func([]byte) bool{
		"date":      isDate,
		"date-time": isDateTime,
		"email":     isEmail,
		"hostname":  isHostname,
		"ipv4":      isIPv4,
		"ipv6":      isIPv6,
		"time":      isTime,
		"uri":       isURI,
		"uuid":      func(text []byte) bool { _, ok := checkUUID(text); return ok },
	}
}

func isDate(text []byte) bool {
	var c civil
	rest, ok := parseDate(text, &c)
	return ok && len(rest) == 0 && c.real()
}

func isDateTime(text []byte) bool {
	var c civil
	return parseRFC3339(text, &c) && c.real() && text[10] != ' '
}

// isTime is RFC 3339's full-time, such as 05:00:00Z.
func isTime(text []byte) bool {
	var scratch [64]byte
	if len(text) > 50 {
		return false
	}
	return isDateTime(append(append(scratch[:0], "2000-01-01T"...), text...))
}

// isEmail follows the definition that browsers use for <input type=email>, with the length that
// SMTP allows.
func isEmail(text []byte) bool {
	at := bytes.LastIndexByte(text, '@')
	if at < 1 || at > 64 || len(text) > 254 {
		return false
	}
	for _, c := range text[:at] {
		if !isAlphanumeric(c) && bytes.IndexByte([]byte(".!#$%&'*+/=?^_`{|}~-"), c) < 0 {
			return false
		}
	}
	return isHostname(text[at+1:])
}

// isHostname is RFC 1123: labels of letters, digits and inner hyphens, with dots between.
func isHostname(text []byte) bool {
	if len(text) == 0 || len(text) > 253 {
		return false
	}
	for more := true; more; {
		var label []byte
		label, text, more = bytes.Cut(text, []byte{'.'})
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if !isAlphanumeric(c) && c != '-' {
				return false
			}
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func isIPv4(text []byte) bool {
	a, ok := parseAddress(text)
	return ok && a.Is4()
}

func isIPv6(text []byte) bool {
	a, ok := parseAddress(text)
	return ok && a.Is6() && a.Zone() == ""
}

func parseAddress(text []byte) (netip.Addr, bool) {
	if len(text) == 0 || len(text) > 64 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(unsafe.String(unsafe.SliceData(text), len(text)))
	return a, err == nil
}

// isURI is RFC 3986: a scheme, a colon, and only the characters a URI may hold.
func isURI(text []byte) bool {
	scheme, rest, found := bytes.Cut(text, []byte{':'})
	if !found || len(scheme) == 0 || !isAlphanumeric(scheme[0]) || scheme[0] <= '9' || len(rest) == 0 {
		return false
	}
	for _, c := range scheme {
		if !isAlphanumeric(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c == '%' {
			if i+2 >= len(rest) || !isHex(rest[i+1]) || !isHex(rest[i+2]) {
				return false
			}
			i += 2
			continue
		}
		if !isAlphanumeric(c) && bytes.IndexByte([]byte("-._~:/?#[]@!$&'()*+,;="), c) < 0 {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

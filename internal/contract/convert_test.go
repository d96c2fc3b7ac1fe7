package contract

import (
	"strings"
	"testing"
)

func TestConversions(t *testing.T) {
	digits400 := strings.Repeat("7", 400)
	for _, group := range []struct {
		column string
		cases  [][2]string // JSON, and what becomes of it
	}{
		{"type: boolean", [][2]string{
			{"true", "true"}, {"false", "false"}, {`"true"`, "true"}, {`"FALSE"`, "false"}, {`"True"`, "true"},
			{"1", "wrong_type v"}, {`"yes"`, "wrong_type v"}, {`""`, "wrong_type v"}, {"[]", "wrong_type v"}, {"null", "NULL"},
		}},
		{"type: integer", [][2]string{
			{"0", "0"}, {"-0", "0"}, {"-0.0e5", "0"}, {"2147483647", "2147483647"}, {"-2147483648", "-2147483648"},
			{"2147483648", "out_of_range v"}, {"-2147483649", "out_of_range v"}, {"1.5", "not_exact v"}, {"1.50e1", "15"},
			{`"6"`, "6"}, {`"+6"`, "6"}, {`"007"`, "7"}, {`" 6"`, "wrong_type v"}, {`"0x6"`, "wrong_type v"}, {"true", "wrong_type v"},
		}},
		{"type: bigint", [][2]string{
			{`"17850.0"`, "17850"}, {`"536365"`, "536365"}, {"17850.0", "17850"}, {`"17850.5"`, "not_exact v"},
			{"9007199254740993", "9007199254740993"}, {"9223372036854775807", "9223372036854775807"},
			{"-9223372036854775808", "-9223372036854775808"}, {"9223372036854775808", "out_of_range v"},
			{"-9223372036854775809", "out_of_range v"}, {"9.2e18", "9200000000000000000"}, {"1e19", "out_of_range v"},
			{"1e999999999", "out_of_range v"}, {"1e-999999999", "not_exact v"}, {"1e99999999999999999999999", "out_of_range v"},
			{"0e999999999", "0"}, {"1000e-3", "1"}, {digits400, "out_of_range v"}, {"0." + digits400, "not_exact v"},
			{`"C536379"`, "wrong_type v"}, {`""`, "wrong_type v"}, {`"."`, "wrong_type v"}, {`"1e"`, "wrong_type v"}, {"{}", "wrong_type v"},
		}},
		{`type: bigint, rounding: half_even`, [][2]string{{"2.5", "2"}, {"3.5", "4"}, {"-2.5", "-2"}, {"2.51", "3"}, {"0.5", "0"}, {"-0.4", "0"}}},
		{"type: double", [][2]string{
			{"0.1", "0.1"}, {"1e308", "1e+308"}, {"1e309", "out_of_range v"}, {"-0.0", "0"}, {"1e-400", "0"}, {`"2.5"`, "2.5"},
			{`"NaN"`, "wrong_type v"}, {`"Infinity"`, "wrong_type v"}, {`"0x1p4"`, "wrong_type v"}, {`"1_0"`, "wrong_type v"},
			{digits400, "out_of_range v"}, {"0." + digits400, "0.7777777777777778"},
		}},
		{`type: "decimal(12,2)"`, [][2]string{
			{"19.9", "19.90"}, {"19.90", "19.90"}, {"19.900", "19.90"}, {"0", "0.00"}, {"-0.00", "0.00"}, {`"12.30"`, "12.30"},
			{"-0.05", "-0.05"}, {".5", "not_json"}, {`".5"`, "0.50"}, {`"5."`, "5.00"}, {"1e3", "1000.00"}, {"5e-1", "0.50"},
			{"9999999999.99", "9999999999.99"}, {"10000000000", "out_of_range v"}, {"0.001", "not_exact v"}, {"19.999", "not_exact v"},
			{"1e999999999", "out_of_range v"}, {"1e-999999999", "not_exact v"}, {"0.10000000000000000000000000000", "0.10"},
			{"00", "not_json"}, {`"007.5"`, "7.50"}, {`"-"`, "wrong_type v"}, {"12345678901.999", "out_of_range v"},
		}},
		{`type: "decimal(12,2)", rounding: half_up`, [][2]string{
			{"0.005", "0.01"}, {"-0.005", "-0.01"}, {"0.0049", "0.00"}, {"-0.0049", "0.00"}, {"9999999999.995", "out_of_range v"},
			{"0.0009", "0.00"}, {"1e-999999999", "0.00"}, {"9.999", "10.00"},
		}},
		{`type: "decimal(12,2)", rounding: half_even`, [][2]string{{"0.005", "0.00"}, {"0.015", "0.02"}, {"0.0050001", "0.01"}}},
		{`type: "decimal(12,2)", rounding: truncate`, [][2]string{{"19.999", "19.99"}, {"-19.999", "-19.99"}, {"-0.001", "0.00"}}},
		{`type: "decimal(38,0)"`, [][2]string{
			{strings.Repeat("9", 38), strings.Repeat("9", 38)}, {"1" + strings.Repeat("0", 38), "out_of_range v"}, {"1e37", "1" + strings.Repeat("0", 37)},
		}},
		{`type: "decimal(2,2)"`, [][2]string{{"0.5", "0.50"}, {"0", "0.00"}, {"1", "out_of_range v"}, {"-0.99", "-0.99"}}},
		{"type: varchar", [][2]string{
			{`"a\"b"`, `a"b`}, {"1.50e3", "1.50e3"}, {digits400, digits400}, {"true", "true"}, {`""`, ""}, {"null", "NULL"},
			{`"\ud83d\ude00"`, "\U0001F600"}, {"[1]", "wrong_type v"}, {`{"a":1}`, "wrong_type v"},
			{`"a\u0000"`, "invalid_text v"}, {`"\ud800"`, "invalid_text v"}, {`"\udc00x"`, "invalid_text v"}, {`"\ufffd"`, "\ufffd"},
		}},
		{"type: uuid", [][2]string{
			{`"123e4567-e89b-12d3-a456-426614174000"`, "123e4567-e89b-12d3-a456-426614174000"},
			{`"123E4567-E89B-12D3-A456-426614174000"`, "123e4567-e89b-12d3-a456-426614174000"},
			{`"{123e4567-e89b-12d3-a456-426614174000}"`, "format v"}, {`"123e4567e89b12d3a456426614174000"`, "format v"},
			{`"123e4567-e89b-12d3-a456-42661417400g"`, "format v"}, {"1", "wrong_type v"}, {`""`, "format v"},
		}},
		{"type: date", [][2]string{
			{`"2026-11-22"`, "2026-11-22"}, {`"2024-02-29"`, "2024-02-29"}, {`"2026-02-29"`, "format v"}, {`"2026-13-01"`, "format v"},
			{`"0001-01-01"`, "0001-01-01"}, {`"9999-12-31"`, "9999-12-31"}, {`"0000-01-01"`, "out_of_range v"},
			{`"2026-11-22T00:00:00Z"`, "format v"}, {`"22.11.2026"`, "format v"}, {"20261122", "wrong_type v"},
		}},
		{`type: date, layout: ["%d.%m.%Y", "%Y-%m-%d %H:%M"]`, [][2]string{
			{`"22.11.2026"`, "2026-11-22"}, {`"2026-11-22 23:59"`, "2026-11-22"}, {`"2026-11-22"`, "2026-11-22"}, {`"31.4.2026"`, "format v"},
		}},
		{"type: json", [][2]string{
			{`{"a": [1, 2.50]}`, `{"a": [1, 2.50]}`}, {`"x"`, `"x"`}, {"1.50", "1.50"}, {"null", "NULL"}, {"false", "false"},
			{`{"a":"\u0000"}`, "invalid_text v"}, {`["\udfff"]`, "invalid_text v"}, {digits400, digits400},
		}},
	} {
		p := compile(t, one(group.column)).NewProcessor()
		for _, c := range group.cases {
			out := p.Process([]byte(`{"v": ` + c[0] + `}`))
			if got := outcome(out); got != c[1] {
				t.Errorf("%s: %.80s gives %.80s (%s), want %.80s", group.column, c[0], got, out.Detail, c[1])
			}
		}
	}
}

func TestUUIDsAgreeWithARuleByteByByte(t *testing.T) {
	const uuid = "01234567-89ab-cdef-0f9a-0123456789af"
	for at := range len(uuid) {
		for c := range 256 {
			text := []byte(uuid)
			text[at] = byte(c)
			digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
			capital := c >= 'A' && c <= 'F'
			wantOK, wantCanonical := digit || capital, digit
			if uuid[at] == '-' {
				wantOK = c == '-'
				wantCanonical = wantOK
			}
			canonical, ok := checkUUID(text)
			if ok != wantOK || ok && canonical != wantCanonical {
				t.Fatalf("%q: %v, canonical %v; want %v, %v", text, ok, canonical, wantOK, wantCanonical)
			}
		}
	}
	for _, text := range []string{"", uuid[1:], uuid + "0", strings.ReplaceAll(uuid, "-", "")} {
		if _, ok := checkUUID([]byte(text)); ok {
			t.Errorf("%q is a UUID", text)
		}
	}
}

func TestTimestamps(t *testing.T) {
	for _, group := range []struct {
		column string
		cases  [][2]string
	}{
		{"type: timestamp", [][2]string{
			{`"2026-11-22T05:00:00Z"`, "2026-11-22T05:00:00Z"}, {`"2026-11-22t05:00:00z"`, "2026-11-22T05:00:00Z"},
			{`"2026-11-22 05:00:00+00:00"`, "2026-11-22T05:00:00Z"}, {`"2026-11-22T05:00:00.123456+02:00"`, "2026-11-22T03:00:00.123456Z"},
			{`"2026-11-22T05:00:00.1234569Z"`, "2026-11-22T05:00:00.123456Z"}, {`"1969-12-31T23:59:59.999999999Z"`, "1969-12-31T23:59:59.999999Z"},
			{`"2026-11-22T05:00:00"`, "format v"}, {`"2026-11-22 05:00:00"`, "format v"}, {`"2026-11-22"`, "format v"}, {`""`, "format v"},
			{`"2026-11-22T24:00:00Z"`, "format v"}, {`"2026-11-22T05:00:60Z"`, "format v"}, {`"2026-11-22T05:00:00.Z"`, "format v"},
			{`"2026-11-22T05:00:00+0200"`, "format v"}, {`"0000-12-31T00:00:00Z"`, "out_of_range v"},
			{`"0001-01-01T00:00:00+01:00"`, "out_of_range v"}, {`"9999-12-31T23:59:59.999999Z"`, "9999-12-31T23:59:59.999999Z"},
			{"1669093200", "2022-11-22T05:00:00Z"}, {"1669093200123", "2022-11-22T05:00:00.123Z"}, {"1669093200123456", "2022-11-22T05:00:00.123456Z"},
			{"1669093200123456789", "2022-11-22T05:00:00.123456Z"}, {"1669093200.5", "2022-11-22T05:00:00.5Z"}, {"1.6690932e9", "2022-11-22T05:00:00Z"},
			{"20261122", "format v"}, {"0", "format v"}, {`"1669093200"`, "format v"}, {"true", "wrong_type v"}, {"1e999999999", "format v"},
		}},
		{"type: timestamp, rounding: exact", [][2]string{
			{`"2026-11-22T05:00:00.123456000Z"`, "2026-11-22T05:00:00.123456Z"}, {`"2026-11-22T05:00:00.1234561Z"`, "not_exact v"},
			{`"2026-11-22T05:00:00.0000000000001Z"`, "not_exact v"}, {"1669093200123456789", "not_exact v"},
		}},
		{"type: timestamp, rounding: half_up", [][2]string{
			{`"2026-11-22T05:00:00.9999995Z"`, "2026-11-22T05:00:01Z"}, {`"2026-11-22T05:00:00.9999994Z"`, "2026-11-22T05:00:00.999999Z"},
		}},
		{"type: timestamp, unit: s", [][2]string{
			{"0", "1970-01-01T00:00:00Z"}, {"-1.5", "1969-12-31T23:59:58.5Z"}, {`"1669093200"`, "2022-11-22T05:00:00Z"},
			{"253402300799", "9999-12-31T23:59:59Z"}, {"253402300800", "out_of_range v"}, {"1e999999999", "out_of_range v"}, {`"soon"`, "format v"},
		}},
		{"type: timestamp, unit: ms", [][2]string{{"1669093200123", "2022-11-22T05:00:00.123Z"}, {"1", "1970-01-01T00:00:00.001Z"}}},
		{`type: timestamp, layout: "%Y-%m-%d %H:%M:%S"`, [][2]string{
			{`"2010-12-01 08:26:00"`, "2010-12-01T08:26:00Z"}, {`"2010-12-01T08:26:00+01:00"`, "2010-12-01T07:26:00Z"},
			{`"2010-12-01 08:26"`, "format v"}, {`"2010-12-01 08:26:00 "`, "format v"}, {`"2010-02-30 08:26:00"`, "format v"},
		}},
		{`type: timestamp, layout: ["%d/%b/%Y:%T %z", "%a, %e %B %Y %I:%M %p", "%y%m%d", "%s", "%F %T.%f", "%Y %j"], zone: Europe/Berlin`, [][2]string{
			{`"10/Oct/2000:13:55:36 -0700"`, "2000-10-10T20:55:36Z"}, {`"Sun,  1 november 2026 12:05 AM"`, "2026-10-31T23:05:00Z"},
			{`"Sun, 01 Nov 2026 12:05 AM"`, "format v"}, {`"260701"`, "2026-06-30T22:00:00Z"}, {`"690101"`, "1968-12-31T23:00:00Z"},
			{`"1669093200"`, "2022-11-22T05:00:00Z"}, {`"2026-07-01 00:00:00.25"`, "2026-06-30T22:00:00.25Z"}, {`"2024 366"`, "2024-12-30T23:00:00Z"},
			{`"2023 366"`, "format v"}, {`"2023 000"`, "format v"},
		}},
	} {
		p := compile(t, one(group.column)).NewProcessor()
		for _, c := range group.cases {
			out := p.Process([]byte(`{"v": ` + c[0] + `}`))
			if got := outcome(out); got != c[1] {
				t.Errorf("%s: %s gives %s (%s), want %s", group.column, c[0], got, out.Detail, c[1])
			}
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/monitor"
)

func TestStatusForPeopleSaysWhatIsWrongAndObeysNothing(t *testing.T) {
	s := state{
		Status: monitor.Status{Pipeline: "shop", Problems: []string{"file \x1b[2Jx is missing"}, Ledger: monitor.Ledger{Accepted: 1800, Loaded: 1799}},
		Steps:  []monitor.Step{{Name: "lake", State: monitor.StateFail, LagEvents: 1200, LagSeconds: 61, Problem: "full\nfree some"}},
		Contracts: []monitor.ContractLedger{
			{Contract: "orders", Ledger: monitor.Ledger{Accepted: 1800, Loaded: 1799}},
		},
		Unclassified: monitor.ContractLedger{Balanced: true},
		Alarms:       []monitor.Alarm{{Name: "lake", State: monitor.AlarmFiring, Message: "it is full"}},
	}
	var out bytes.Buffer
	if err := showBlocks(&out)(s, nil); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"--- 20", "shop is NOT ready; nothing is loaded yet.", "DOES NOT BALANCE: off by 1", "1m1s", "fail: full\n", "off by 1\n", "! alarm lake", "is missing"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") || strings.Contains(text, "(no contract)") {
		t.Errorf("%q", text)
	}
	out.Reset()
	show := showLines(&out)
	if err := errors.Join(show(s, nil), show(state{}, errors.New("gone"))); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !json.Valid([]byte(lines[0])) || lines[1] != `{"error":"gone"}` {
		t.Errorf("%q", lines)
	}
}

// A terminal has 80 columns at least; a contract's name may be long in any alphabet.
func TestTheContractsFitATerminal(t *testing.T) {
	ledger := monitor.Ledger{Accepted: 999_999_999, Loaded: 999_999_998, Quarantined: 1}
	s := state{
		Contracts: []monitor.ContractLedger{
			{Contract: "orders", Ledger: ledger, Balanced: true},
			{Contract: strings.Repeat("ü", maxName), Balanced: true}, {Contract: strings.Repeat("ü", maxName+1), Balanced: true},
		},
		Unclassified: monitor.ContractLedger{Ledger: monitor.Ledger{Accepted: 1}, Balanced: true},
	}
	var p page
	p.contracts(s)
	lines := p.lines[1:]
	if len(lines) != 5 || !strings.Contains(lines[2].text, strings.Repeat("ü", maxName)+" ") || !strings.Contains(lines[3].text, strings.Repeat("ü", maxName-1)+"… ") {
		t.Errorf("%q", lines)
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l.text) != utf8.RuneCountInString(lines[0].text) {
			t.Errorf("%q is not aligned with %q", l.text, lines[0].text)
		}
	}
	s.Contracts = s.Contracts[:1]
	p = page{}
	p.contracts(s)
	for _, l := range p.lines {
		if n := utf8.RuneCountInString(l.text); n > 79 {
			t.Errorf("%d characters: %q", n, l.text)
		}
	}
}

func TestStatusSaysTheDayOfWhatIsNotOfToday(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local)
	for want, at := range map[string]time.Time{
		"complete to 11:59:58":            now.Add(-2 * time.Second),
		"complete to 2026-03-03 12:00:00": now.AddDate(0, 0, -1),
		"nothing is loaded yet":           time.UnixMilli(0),
	} {
		if got := completeTo(at, now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := completeTo(time.Time{}, now); got != "nothing is loaded yet" {
		t.Errorf("%q", got)
	}
}

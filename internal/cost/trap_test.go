package cost

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The cases of a sale: 5,000 events/s of 2,000 bytes, 20,000/s at the peak, 8 tables, kept for 30 days. A month has
// 5,000 * 2,628,000 = 13.14e9 events.
func TestALargeLoadWithAPeak(t *testing.T) {
	l := load(5000, 2000)
	l.Peak, l.Tables, l.Retention = 20_000, 8, 30*24*time.Hour
	p := plan(t, l)
	if p.Shards != 39 { // 20,000 * 2,000 B / 1 MiB = 38.1, more than the 20 by records
		t.Errorf("%d shards, want 39", p.Shards)
	}
	for _, c := range []struct {
		bill Bill
		item string
		want float64
	}{
		{p.Provisioned, "shard(s)", 427.05},          // 39 * 730 h * 0.015
		{p.Provisioned, "PUT payload units", 183.96}, // 13,140 million * 0.014
		{p.Provisioned, "to 7 days", 569.40},         // 39 * 730 h * 0.020
		{p.Provisioned, "beyond 7 days", 425.67},     // 23 days * 86,400 s * 1e7 B = 18,507.0 GiB * 0.023
		{p.OnDemand, "data in", 2005.00},             // 13.14e9 * 2,048 B = 25,062.561 GiB * 0.08
		{p.OnDemand, "data out", 979.01},             // 13.14e9 * 2,000 B = 24,475.157 GiB * 0.04
		{p.Rest, "intake", 1817.04},                  // 13.14e9 * 5,120 B = 62,656.4 GiB * 0.029
		{p.Rest, "dynamic partitioning by", 489.50},  // 24,475.16 GiB * 0.020
		{p.Rest, "objects of dynamic", 1.96},         // by size: 24,475.16 GiB / 64 MiB = 391,603 / 1,000 * 0.005
		{p.Rest, "Snowpipe", 181.12},                 // 24,475.16 * 0.0037 * 2
	} {
		wantCents(t, c.item, item(t, c.bill, c.item).USD, c.want)
	}
	if p.Cheaper != ModeProvisioned {
		t.Errorf("%s is said to be cheaper", p.Cheaper)
	}
}

// A stream that sleeps but for a burst: on-demand is a stream hour, provisioned shards are paid for while they wait.
func TestOnDemandPaysWhenThePeakIsFarAboveTheAverage(t *testing.T) {
	for peak, want := range map[float64]string{
		2000: ModeProvisioned, // 2 shards: 21.90 + 0.04
		3000: ModeOnDemand,    // 3 shards: 32.85 + 0.04, beside 29.20 + 0.20 + 0.03
	} {
		l := load(1, 350)
		l.Peak = peak
		if p := plan(t, l); p.Cheaper != want {
			t.Errorf("at a peak of %g/s %s is said to be cheaper: $%.2f and $%.2f", peak, p.Cheaper, p.Provisioned.Total(), p.OnDemand.Total())
		}
	}
}

func TestTheTrapsOfALoadAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		load Load
		want []string
		not  []string
	}{
		"small events": {load(200, 350), []string{"5 KiB: you pay for 14.6 times", "1 KiB: you pay for 2.9 times", "25 KB for each record: you pay for 73.1 times", "keeping files costs $1.18 more"},
			[]string{"shards", "on-demand stream takes", "tables"}},
		"large events": {load(1, 25*kib), []string{"keeping files"}, []string{"rounds", "units"}},
		"a peak": {Load{EventsPerSecond: 200, Peak: 5000, Bytes: 350, Tables: 3}, []string{"records a second, not for the bytes: aggregation would do with 2",
			"peak needs 5 shards, the average 1", "takes 4,000 records", "each of the 3 tables"}, nil},
		"too many":   {Load{EventsPerSecond: 1, Peak: 200_001, Bytes: 350}, []string{"200 shards at most, and 201"}, nil},
		"at most":    {Load{EventsPerSecond: 1, Peak: 200_000, Bytes: 350}, nil, []string{"shards at most"}},
		"commitment": {load(50_000, 1000), []string{"Advantage"}, nil},
	} {
		l := DefaultLoad()
		l.EventsPerSecond, l.Peak, l.Bytes, l.Tables = c.load.EventsPerSecond, c.load.Peak, c.load.Bytes, max(1, c.load.Tables)
		said := strings.Join(plan(t, l).Traps, "\n")
		for _, text := range c.want {
			if !strings.Contains(said, text) {
				t.Errorf("%s: %q is not in\n%s", name, text, said)
			}
		}
		if i := slices.IndexFunc(c.not, func(text string) bool { return strings.Contains(said, text) }); i >= 0 {
			t.Errorf("%s: %q is in\n%s", name, c.not[i], said)
		}
	}
}

func TestAsManyAlarmsAreBilledAsTheTemplateHas(t *testing.T) {
	text, err := os.ReadFile("../../deploy/aws/testdata/orders.template.json")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	alarms := 0
	for _, r := range template.Resources {
		if r.Type == "AWS::CloudWatch::Alarm" {
			alarms++
		}
	}
	if got := DefaultLoad().Alarms; got != alarms {
		t.Errorf("%d alarms are billed, and the template has %d", got, alarms)
	}
}

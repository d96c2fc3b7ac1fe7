package cost

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func prices(t *testing.T) Prices {
	t.Helper()
	p, err := ReadPrices("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func load(rate float64, bytes int) Load {
	l := DefaultLoad()
	l.EventsPerSecond, l.Bytes = rate, bytes
	return l
}

func plan(t *testing.T, l Load) Plan {
	t.Helper()
	p, err := New(l, prices(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wantCents compares with a figure computed by hand, to the cent.
func wantCents(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Round(got*100) != math.Round(want*100) {
		t.Errorf("%s is $%.4f, want $%.2f", what, got, want)
	}
}

func item(t *testing.T, b Bill, text string) Line {
	t.Helper()
	for _, l := range b {
		if strings.Contains(l.Item, text) {
			return l
		}
	}
	t.Fatalf("no line with %q in %v", text, b)
	return Line{}
}

// 200 events/s of 350 bytes are 200 * 3,600 * 730 = 525,600,000 events a month.
func TestTwoHundredEventsASecond(t *testing.T) {
	p := plan(t, load(200, 350))
	if p.Shards != 1 {
		t.Errorf("%d shards, want 1", p.Shards)
	}
	for _, c := range []struct {
		bill Bill
		item string
		want float64
	}{
		{p.Provisioned, "shard(s)", 10.95},         // 730 h * 0.015
		{p.Provisioned, "PUT payload units", 7.36}, // 525.6 million * 0.014
		{p.OnDemand, "on-demand stream", 29.20},    // 730 h * 0.04
		{p.OnDemand, "data in", 40.10},             // 525.6e6 * 1,024 B = 501.2512 GiB * 0.08
		{p.OnDemand, "data out", 6.85},             // 525.6e6 * 350 B = 171.3261 GiB * 0.04
		{p.Rest, "intake", 72.68},                  // 525.6e6 * 5,120 B = 2,506.2561 GiB * 0.029
		{p.Rest, "dynamic partitioning by", 3.43},  // 171.3261 GiB * 0.020
		{p.Rest, "objects of dynamic", 0.22},       // a file a minute: 43,800 / 1,000 * 0.005
		{p.Rest, "calls of the transformer", 0.04}, // 1 MiB holds 2,995.9 events: 175,439 calls / 1e6 * 0.20
		{p.Rest, "ms of 512 MiB", 0.04},            // 35 ms * 0.5 GiB * 175,439 = 3,070 GiB s * 0.0000133334
		{p.Rest, "writing objects", 0.22},          // 43.8 * 0.005
		{p.Rest, "keeping a month's", 1.18},        // 171.3261 * 0.3 = 51.3978 GiB * 0.023
		{p.Rest, "alarms", 1.30},                   // 13 * 0.10
		{p.Rest, "dashboard", 3.00},
		{p.Rest, "logs", 0.12},     // 175,439 * 1,500 B = 0.2451 GiB * 0.50
		{p.Rest, "Snowpipe", 1.27}, // 171.3261 * 0.0037 * 2
	} {
		wantCents(t, c.item, item(t, c.bill, c.item).USD, c.want)
	}
	if p.Cheaper != ModeProvisioned {
		t.Errorf("%s is said to be cheaper", p.Cheaper)
	}
	wantCents(t, "the total", p.TotalUSD, p.Provisioned.Total()+p.Rest.Total())
}

func TestShardsFollowRecordsOrBytesAtThePeak(t *testing.T) {
	for _, c := range []struct {
		peak  float64
		bytes int
		want  int
	}{
		{1, 1, 1}, {1000, 1, 1}, {1001, 1, 2}, {2000, 350, 2}, {1024, 1024, 2}, {1000, 1048, 1}, {1000, 1049, 2}, {1, mib, 1}, {1.5, mib, 2},
	} {
		l := load(1, c.bytes)
		l.Peak = c.peak
		if got := Shards(l); got != c.want {
			t.Errorf("%g/s of %d bytes need %d shards, want %d", c.peak, c.bytes, got, c.want)
		}
	}
}

// 25,600 / 360 = 71 events a record: 7,402,817 records a month are 7,402,817 units, $0.10, of $7.36.
func TestAggregationSavesPayloadUnitsAndShards(t *testing.T) {
	wantCents(t, "saved", plan(t, load(200, 350)).Aggregation.SavedUSD, 7.25) // 7.3584 - 0.1036
	l := load(200, 350)
	l.Peak = 2000
	a := plan(t, l).Aggregation
	if a.EventsPerRecord != 71 || a.Shards != 1 {
		t.Errorf("%+v, want 71 events a record on 1 shard", a)
	}
	wantCents(t, "saved with a shard less", a.SavedUSD, 18.2048)
	if big := plan(t, load(1, mib)).Aggregation; big.EventsPerRecord != 1 || big.SavedUSD != 0 {
		t.Errorf("an event of 1 MiB aggregates to %+v", big)
	}
}

func TestLongerRetentionIsBilled(t *testing.T) {
	l := load(200, 350)
	l.Retention = 8 * 24 * time.Hour
	p := plan(t, l)
	wantCents(t, "to 7 days", item(t, p.Provisioned, "to 7 days").USD, 14.60) // 730 h * 0.020
	wantCents(t, "beyond", item(t, p.Provisioned, "beyond 7 days").USD, 0.13) // 86,400 * 70,000 B = 5.6326 GiB * 0.023
	wantCents(t, "on demand", item(t, p.OnDemand, "to 7 days").USD, 3.38)     // 6 days: 33.7958 GiB * 0.10
	wantCents(t, "on demand", item(t, p.OnDemand, "beyond 7 days").USD, 0.13)
}

func TestFirehoseIntakeIsBilledInTiers(t *testing.T) {
	tiers := prices(t).Firehose.Intake
	for _, c := range []struct{ gib, want float64 }{
		{0, 0}, {512_000, 14_848}, {512_001, 14_848.025}, {2_048_000, 14_848 + 38_400}, {2_048_100, 14_848 + 38_400 + 2},
	} {
		if got := tiered(tiers, c.gib); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%g GiB cost %g, want %g", c.gib, got, c.want)
		}
	}
}

func TestLatencyFollowsTheRate(t *testing.T) {
	slow, fast := plan(t, load(1, 350)).Latency, plan(t, load(5000, 350)).Latency
	if slow[1].AtMost != callInterval {
		t.Errorf("at one event a second a call waits %s, want %s", slow[1].AtMost, callInterval)
	}
	if fast[1].AtMost >= 4*time.Second {
		t.Errorf("at 1,000 events a second and shard a call waits %s, want about 3 s", fast[1].AtMost)
	}
	if slow[2].AtMost != 90*time.Second {
		t.Errorf("a buffer of 60 s makes %s, want up to 90 s", slow[2].AtMost)
	}
}

func TestALoadThatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*Load){
		"no rate":               func(l *Load) { l.EventsPerSecond = 0 },
		"a peak below":          func(l *Load) { l.Peak = 199 },
		"over 10 MiB":           func(l *Load) { l.Bytes = maxRecord + 1 },
		"501 tables":            func(l *Load) { l.Tables = 501 },
		"a short retention":     func(l *Load) { l.Retention = time.Hour },
		"a buffer of 63 MiB":    func(l *Load) { l.BufferBytes = 63 * mib },
		"an interval of 59 s":   func(l *Load) { l.BufferInterval = 59 * time.Second },
		"a function of 127 MiB": func(l *Load) { l.LambdaMiB = 127 },
	} {
		l := load(200, 350)
		change(&l)
		if _, err := New(l, prices(t)); err == nil {
			t.Errorf("%s: a plan was made", name)
		}
	}
	l := load(200, maxRecord)
	l.Tables, l.LambdaMiB, l.BufferBytes = 500, 128, 64*mib
	if _, err := New(l, prices(t)); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

func TestAPriceListMustBeWhole(t *testing.T) {
	text := string(DefaultPrices)
	for name, c := range map[string]struct{ text, want string }{
		"a price left out":  {strings.Replace(text, "  shard_hour: 0.015\n", "", 1), "kinesis_provisioned.shard_hour"},
		"a typo":            {strings.Replace(text, "stream_hour", "stream_hours", 1), "stream_hours"},
		"below zero":        {strings.Replace(text, "stream_hour: 0.04", "stream_hour: -1", 1), "kinesis_on_demand.stream_hour"},
		"tiers that shrink": {strings.Replace(text, "up_to_gib: 2048000", "up_to_gib: 1000", 1), "must grow"},
	} {
		path := filepath.Join(t.TempDir(), "prices.yaml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPrices(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

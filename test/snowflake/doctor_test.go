package snowflake_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/snowflake"
)

// doctor runs it on a world that was set up and is well, after something was done to it.
func doctor(t *testing.T, set, breaks func(*world)) []snowflake.Finding {
	t.Helper()
	w := newWorld(t)
	w.direct = true
	if set != nil {
		set(w)
	}
	if _, err := w.run().Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"PENSTOCK.ORDERS_RAW.ORDERS", "PENSTOCK.ORDERS_RAW.QUARANTINE"} {
		w.account.Set("PIPE", p, "lastReceivedMessageTimestamp", "2026-11-22T05:06:07.123Z")
	}
	breaks(w)
	w.cfg.RestrictVPC = false // as a person runs it: the bucket's policy tells
	findings, err := w.run().Doctor(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

const (
	ordersTable    = "PENSTOCK.ORDERS_RAW.ORDERS"
	firehoseFormat = "PENSTOCK.ORDERS_RAW.FIREHOSE_CSV"
)

func day(ago int) string {
	return time.Now().AddDate(0, 0, -ago).Format("2006-01-02 15:04:05.000 -0700")
}

// TestDoctorSaysHowItDiffers and not only that it does; soon marks what still works.
func TestDoctorSaysHowItDiffers(t *testing.T) {
	restrict := func(w *world) { w.cfg.RestrictVPC = true }
	user := func(properties map[string]string) func(*world) {
		return func(w *world) { w.account.Properties = properties }
	}
	for name, c := range map[string]struct {
		set, breaks      func(*world)
		link, says, mend string
		soon             bool
	}{
		"a file format": {nil, func(w *world) {
			w.account.Set("FILE FORMAT", firehoseFormat, "format_options", strings.Replace(w.account.Get("FILE FORMAT", firehoseFormat, "format_options"), `"NULL_IF":[]`, `"NULL_IF":["\\\\N"]`, 1))
		}, "file format FIREHOSE_CSV", `NULL_IF is (\\N)`, "penstock snowflake setup", false},
		"a format of another kind": {nil, func(w *world) { w.account.Set("FILE FORMAT", firehoseFormat, "type", "JSON") }, "file format FIREHOSE_CSV", "for JSON", "DROP FILE FORMAT", false},
		"a pipe without a column": {nil, func(w *world) {
			w.account.Set("PIPE", ordersTable, "definition", strings.NewReplacer(`"CITY", `, "", "$9, ", "").Replace(w.account.Get("PIPE", ordersTable, "definition")))
		}, "pipe ORDERS", `does not load the contract's columns "CITY"`, "penstock snowflake setup", false},
		"a pipe with a filter": {nil, func(w *world) {
			w.account.Set("PIPE", ordersTable, "definition", strings.Replace(w.account.Get("PIPE", ordersTable, "definition"), "CONTINUE", "SKIP_FILE", 1))
		}, "pipe ORDERS", "its definition is not the contract's", "penstock snowflake setup", false},
		"another prefix": {nil, func(w *world) {
			have, _ := w.cloud.Notifications(context.Background(), "lake")
			have.Queues[1].Prefix = "elsewhere/"
			_ = w.cloud.SetNotifications(context.Background(), "lake", have)
		}, "notifications of s3://lake/data/", `below "elsewhere/*", and not of s3:ObjectCreated:* below "data/"`, "penstock snowflake setup", false},
		"VPCs that changed": {restrict, func(w *world) {
			w.account.Platform = `{"snowflake-egress-vpc-ids":[{"id":"vpc-0new","expires":"2999-01-01T00:00:00","purpose":"generic"}]}`
		}, "bucket policy", "lets in the VPCs vpc-0aaa, vpc-0bbb, and Snowflake's are vpc-0new", "setup --restrict-vpc", false},
		"VPCs that will end": {restrict, func(w *world) {
			w.account.Platform = `{"snowflake-egress-vpc-ids":[{"id":"vpc-0aaa","expires":"` + time.Now().AddDate(0, 0, 20).Format("2006-01-02T15:04:05") +
				`","purpose":"generic"},{"id":"vpc-0bbb","expires":"2999-01-01T00:00:00","purpose":"generic"}]}`
		}, "life of Snowflake's VPCs", "vpc-0aaa on " + time.Now().AddDate(0, 0, 20).UTC().Format("2006"), "setup --restrict-vpc", true},
		"a foreign key":         {nil, user(map[string]string{"RSA_PUBLIC_KEY_FP": "SHA256:other"}), "key of user PENSTOCK_ADMIN", "neither RSA_PUBLIC_KEY nor", "keys --show", false},
		"a user that ends":      {nil, user(map[string]string{"DAYS_TO_EXPIRY": "3.5"}), "key of user PENSTOCK_ADMIN", "4 more days", "UNSET DAYS_TO_EXPIRY", true},
		"an old key":            {nil, user(map[string]string{"RSA_PUBLIC_KEY_LAST_SET_TIME": day(367)}), "key of user PENSTOCK_ADMIN (RSA_PUBLIC_KEY)", "days old", "keys --second", true},
		"keys that are changed": {nil, user(map[string]string{"RSA_PUBLIC_KEY_LAST_SET_TIME": day(30), "RSA_PUBLIC_KEY_2_FP": "SHA256:new", "RSA_PUBLIC_KEY_2_LAST_SET_TIME": day(2)}), "key of user PENSTOCK_ADMIN (RSA_PUBLIC_KEY)", "RSA_PUBLIC_KEY_2 was set on", "UNSET RSA_PUBLIC_KEY", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := doctor(t, c.set, c.breaks)
			i := slices.IndexFunc(findings, func(f snowflake.Finding) bool { return f.Cause != "" })
			if i < 0 {
				t.Fatal("all is well")
			}
			if f := findings[i]; f.Link != c.link || !strings.Contains(f.Cause, c.says) || !strings.Contains(f.Mend, c.mend) || f.OK != c.soon {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestDoctorIsQuiet about keys and policies that are as they should be, up to the day before it would tell.
func TestDoctorIsQuiet(t *testing.T) {
	for name, set := range map[string]func(*world){
		"the second key": func(w *world) {
			w.account.Properties = map[string]string{"RSA_PUBLIC_KEY_FP": "SHA256:old", "RSA_PUBLIC_KEY_LAST_SET_TIME": day(400)}
			w.account.SecondKey()
		},
		"a year less a day": func(w *world) { w.account.Properties = map[string]string{"RSA_PUBLIC_KEY_LAST_SET_TIME": day(364)} },
		"thirty days left":  func(w *world) { w.account.Properties = map[string]string{"DAYS_TO_EXPIRY": "30"} },
		"a closed bucket": func(w *world) {
			w.cfg.RestrictVPC = true
			w.account.Platform = `{"snowflake-egress-vpc-ids":[{"id":"vpc-0aaa","expires":"` + time.Now().AddDate(0, 0, 32).Format("2006-01-02T15:04:05") + `","purpose":"generic"}]}`
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range doctor(t, set, func(*world) {}) {
				if f.Cause != "" || !f.OK {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestSetupMendsFileFormats whose options were changed, and changes nothing after that.
func TestSetupMendsFileFormats(t *testing.T) {
	w := newWorld(t)
	w.direct = true
	w.must()
	w.account.Set("FILE FORMAT", firehoseFormat, "format_options", `{"TYPE":"CSV","SKIP_HEADER":1,"TRIM_SPACE":true,"NULL_IF":[""]}`)
	w.account.Forget()
	w.must()
	var changes []string
	for _, s := range w.sent() {
		if strings.HasPrefix(s, "ALTER") || strings.HasPrefix(s, "CREATE") {
			changes = append(changes, s)
		}
	}
	if len(changes) != 1 || !strings.HasPrefix(changes[0], `ALTER FILE FORMAT "PENSTOCK"."ORDERS_RAW"."FIREHOSE_CSV" SET FIELD_DELIMITER = ',' RECORD_DELIMITER = '\n' SKIP_HEADER = 0 `) {
		t.Errorf("sent %q", changes)
	}
	if _, changed, err := w.setup(context.Background()); changed || err != nil {
		t.Errorf("a second setup: changed %v, %v", changed, err)
	}
}

package produce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shared is where the data sets of others are, if they are there.
const shared = "../../../shared/data"

func sharedFiles(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil || len(paths) == 0 {
		t.Skipf("no files %s under %s", pattern, shared)
	}
	return paths
}

func TestCSVSpectrum(t *testing.T) {
	for _, path := range sharedFiles(t, "edge/csv-spectrum/csvs/*.csv") {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		meaning, err := os.ReadFile(filepath.Join(shared, "edge/csv-spectrum/json", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if meaning = bytes.TrimSpace(meaning); meaning[0] == '{' {
			meaning = fmt.Appendf(nil, "[%s]", meaning) // one of them is a row, not rows
		}
		var want, got []map[string]string
		if err := json.Unmarshal(meaning, &want); err != nil {
			t.Fatal(err)
		}
		source, err := NewFiles(FilesConfig{AsIs: true, Files: []File{onDisk(path)}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range drain(t, source) {
			var event map[string]string
			if err := json.Unmarshal(r.Data, &event); err != nil {
				t.Fatalf("%s: %s: %v", name, r.Data, err)
			}
			got = append(got, event)
		}
		// The set's files and their meanings differ in two places.
		switch name {
		case "location_coordinates":
			want[0]["Contact Phone Number"] = "2095257564"
		case "newlines_crlf":
			want[1]["a"] = "Once upon \na time"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: got (+), want (-):\n%s", name, diff)
		}
	}
}

func TestRetailKeepsEveryLineAndSum(t *testing.T) {
	var files []File
	for _, path := range sharedFiles(t, "retail/*.csv.gz") {
		files = append(files, onDisk(path))
	}
	source, err := NewFiles(FilesConfig{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	count, ids, thousandths, nobody := 0, map[string]bool{}, int64(0), 0
	for _, r := range drain(t, source) {
		var quantity, price int64
		members(r.Data, func(key, value []byte) bool {
			switch string(key) {
			case `"_source_id"`:
				ids[string(value)] = true
			case `"Quantity"`:
				quantity = thousandthsOf(t, value) / 1000
			case `"UnitPrice"`:
				price = thousandthsOf(t, value)
			case `"CustomerID"`:
				if string(value) == "null" {
					nobody++
				}
			}
			return true
		})
		thousandths += quantity * price
		count++
	}
	if count != 320_705 || len(ids) != count || nobody != 88_652 || thousandths != 5_761_931_382 {
		t.Errorf("%d lines, %d ids, %d without a customer, sum %d", count, len(ids), nobody, thousandths)
	}
}

// thousandthsOf reads a number in quotes with at most three decimals.
func thousandthsOf(t *testing.T, quoted []byte) int64 {
	whole, fraction, _ := strings.Cut(strings.Trim(string(quoted), `"`), ".")
	n, err := strconv.ParseInt(whole+(fraction + "000")[:3], 10, 64)
	if err != nil || len(fraction) > 3 {
		t.Fatalf("%s: %v", quoted, err)
	}
	return n
}

func TestEveryEventOfTheSharedSetsIsFound(t *testing.T) {
	for pattern, want := range map[string]int{
		"clickstream/app_events.ndjson.gz": 10_000, "gharchive/*.json.gz": 7702, "wikimedia/*.json.gz": 28_346,
		"beacons/TwoScannersRun-1-2015-03-02.json.gz": 46_872, "completejourney/transactions.csv.gz": 54_823,
	} {
		count := 0
		for _, path := range sharedFiles(t, pattern) {
			source, err := NewFiles(FilesConfig{Files: []File{onDisk(path)}})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range drain(t, source) {
				count++
				if !bytes.HasPrefix(r.Data, []byte(`{"_source_id":"`)) {
					t.Fatalf("%s: not an object: %.200s", path, r.Data)
				}
			}
		}
		if count != want {
			t.Errorf("%s: %d events, want %d", pattern, count, want)
		}
	}
}

package crash

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/penstock/penstock/test/harness"
)

// mix is a pipeline that is killed, and what is special about it.
type mix struct {
	// pipeline replaces parts of pipeline.yaml, contract parts of the contract.
	pipeline, contract map[string]string
	// twice sends everything twice, so that the key has something to do.
	twice bool
	// redrive sends events that the contract refuses, lets them pass from the second half on, and
	// redrives them, twice at a time, in the middle of being killed.
	redrive bool
	// store keeps the lake on a store whose answers are lost now and then.
	store bool
}

const (
	noKey   = "key: order_id # an order that is sent twice within seven days is loaded once"
	country = "{name: country, type: varchar, required: true, minLength: 1, maxLength: 100}"
)

var mixes = map[string]mix{
	"three shards, Parquet": {
		pipeline: map[string]string{"shards: 1": "shards: 3", "format: csv, compression: gzip": "format: parquet"},
		contract: map[string]string{noKey: ""},
	},
	"two shards, zstd, a key": {
		pipeline: map[string]string{"shards: 1": "shards: 2", "compression: gzip": "compression: zstd"},
		twice:    true,
	},
	"redrive": {
		pipeline: map[string]string{"shards: 1": "shards: 2"},
		contract: map[string]string{noKey: ""},
		redrive:  true,
	},
	"lake on S3": {
		contract: map[string]string{noKey: ""},
		store:    true,
	},
}

// mixRounds is how often each mix is killed: a tenth of the rounds of the usual pipeline, and 3 times at least.
func mixRounds(t *testing.T) int {
	t.Helper()
	return max(3, rounds(t)/10)
}

// TestE5KillMixes holds the same as TestE5KillLosesAndDoublesNothing of other pipelines, which die in more ways.
func TestE5KillMixes(t *testing.T) {
	for name, m := range mixes {
		t.Run(name, func(t *testing.T) {
			p := m.make(t)
			load := newLoad()
			load.twice = m.twice
			if m.redrive {
				load.event = oftenRefused
			}
			seed := uint64(time.Now().UnixNano())
			random := rand.New(rand.NewPCG(seed, 2))
			t.Logf("seed %d", seed)
			n := mixRounds(t)
			p.Start()
			for round := range n {
				stop := load.start(p)
				var redrives sync.WaitGroup
				if m.redrive && round >= n/2 {
					for range 2 {
						redrives.Go(func() { p.Run("redrive", "--data", p.Data) })
					}
				}
				time.Sleep(time.Duration(50+random.IntN(1500)) * time.Millisecond) // the random moment itself
				die(t, p, random)
				stop()
				redrives.Wait()
				if m.redrive && round == n/2-1 {
					edit(t, p, "contracts/orders.yaml", map[string]string{country: strings.Replace(country, "required: true, ", "", 1)})
				}
				p.Start()
			}
			if m.redrive {
				if result := p.Run("redrive", "--data", p.Data); result.Code != 0 {
					t.Fatalf("redrive: %s%s", result.Stdout, result.Stderr)
				}
			}
			s := p.WaitFor("delivery", 5*time.Minute, func(s harness.Status) bool {
				return s.Ledger.InFlight == 0 && s.Ledger.Accepted >= int64(len(load.acked)) && (!m.redrive || s.Ledger.Quarantined == 0)
			})
			if !s.Balanced || s.Ledger.Loaded+s.Ledger.Dropped != s.Ledger.Accepted || !m.twice && s.Ledger.Dropped != 0 {
				t.Errorf("ledger %+v", s.Ledger)
			}
			if m.twice {
				load.compareKeys(t, p)
			} else {
				load.compare(t, p)
			}
			t.Logf("%d rounds: %d events acknowledged, %d accepted, %d rows, %d dropped; nothing lost, nothing twice",
				n, len(load.acked), s.Ledger.Accepted, s.Ledger.Loaded, s.Ledger.Dropped)
		})
	}
}

// die ends the pipeline in one of several ways.
func die(t *testing.T, p *harness.Pipeline, random *rand.Rand) {
	pause := func(atMost int) { time.Sleep(time.Duration(random.IntN(atMost)) * time.Millisecond) } // another random moment
	switch random.IntN(6) {
	case 0:
		p.Kill()
	case 1: // its child with it, by itself
		p.KillParent()
	case 2: // the child alone, several times
		for range 3 {
			p.KillChildren()
			pause(400)
		}
		p.KillParent()
	case 3: // the child stands still, and then the machine has had enough
		for _, child := range harness.Children(t, p.PID()) {
			_ = syscall.Kill(child, syscall.SIGSTOP)
		}
		pause(600)
		p.KillParent()
	case 4: // in the middle of a stop in good order
		_ = syscall.Kill(p.PID(), syscall.SIGTERM)
		pause(1500)
		p.Kill()
	case 5: // told to stop twice, as by somebody who is in a hurry
		_ = syscall.Kill(p.PID(), syscall.SIGTERM)
		pause(300)
		_ = syscall.Kill(p.PID(), syscall.SIGTERM)
		<-p.Done()
		p.Kill()
	}
}

// make is the mix's pipeline, not yet started.
func (m mix) make(t *testing.T) *harness.Pipeline {
	t.Helper()
	p := harness.Example(t, "orders")
	edit(t, p, "pipeline.yaml", m.pipeline)
	edit(t, p, "contracts/orders.yaml", m.contract)
	if m.store {
		edit(t, p, "pipeline.yaml", map[string]string{"lake:      folder": fmt.Sprintf(
			"lake: \"s3://bucket/lake?region=us-east-1&endpoint=%s&path_style=true\"", forgetfulStore(t))})
		p.Env = []string{"AWS_ACCESS_KEY_ID=lake", "AWS_SECRET_ACCESS_KEY=lake"}
	}
	return p
}

func edit(t *testing.T, p *harness.Pipeline, name string, parts map[string]string) {
	t.Helper()
	text := p.Read(name)
	for from, to := range parts {
		if !strings.Contains(text, from) {
			t.Fatalf("%s does not hold %q", name, from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	p.Write(name, text)
}

// forgetfulStore is a store that speaks S3. One answer in eight is an error, and of those half are to requests
// that it has carried out.
func forgetfulStore(t *testing.T) (url string) {
	t.Helper()
	objects := s3mem.New()
	if err := objects.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	working := gofakes3.New(objects).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch rand.IntN(16) {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			working.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			working.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// oftenRefused is an order of which every seventh has no country.
func oftenRefused(id int64) []byte {
	text := order(id)
	if id%7 == 0 {
		return []byte(strings.Replace(string(text), `"country":"Germany",`, "", 1))
	}
	return text
}

// compareKeys wants each order that was acknowledged, however often, to be one row.
func (l *load) compareKeys(t *testing.T, p *harness.Pipeline) {
	t.Helper()
	if rows := p.Query("select id, count(*) from orders group by id having count(*) > 1 limit 5"); len(rows) > 0 {
		t.Errorf("orders that are there more than once: %v", rows)
	}
	seen := map[string]bool{}
	const page = 100_000
	for from := int64(0); from <= l.next; from += page {
		for _, row := range p.Query(fmt.Sprintf("select id from orders where id > %d and id <= %d", from, from+page)) {
			seen[row[0]] = true
		}
	}
	lost := map[int64]bool{}
	for _, id := range l.acked {
		if !seen[fmt.Sprint(id+1)] {
			lost[id] = true
		}
	}
	if len(lost) > 0 {
		t.Errorf("%d orders that were acknowledged are lost", len(lost))
	}
}

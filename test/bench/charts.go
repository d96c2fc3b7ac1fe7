package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock/penstock/examples"
)

// chartsRun measures how long the charts that come with the examples take on full tables.
type chartsRun struct {
	// times the rows of a full table (SeedRows).
	times int64
	// asked is how often each chart is asked for, each time for another period, so that no answer is an
	// earlier one. The median counts.
	asked  int
	target string
}

// targetChart is what a chart may take on 20 million rows.
const targetChart = "< 1000"

// boards are the examples' dashboards, with the table each needs and what fills it.
var boards = []struct{ example, table, fill string }{
	{"orders", "orders", orderRowsSQL},
	{"retail", "order_lines", retailRowsSQL},
}

func (b *bench) charts(ctx context.Context, r *result, run chartsRun) error {
	rows := run.times * b.SeedRows
	r.What = fmt.Sprintf("each chart of the examples' dashboards on %s rows of a year, for the whole of it: asked for %d time(s) one after another over HTTP, nothing else running; medians",
		grouped(rows), run.asked)
	for _, board := range boards {
		if err := b.board(ctx, r, board.example, board.table, inChunks(board.fill, rows), run); err != nil {
			return fmt.Errorf("%s: %w", board.example, err)
		}
	}
	return nil
}

// board measures one dashboard on a data folder of its own.
func (b *bench) board(ctx context.Context, r *result, example, table string, fill []string, run chartsRun) (err error) {
	folder := filepath.Join(b.dir, "pipeline")
	defer func() { err = errors.Join(err, removeAll(folder, b.data())) }()
	if err := writeExample(folder, example); err != nil {
		return err
	}
	if err := b.fillTable(ctx, folder, fill); err != nil {
		return err
	}
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	w, err := watch(ctx, p.pid)
	if err != nil {
		return err
	}
	took, err := p.askCharts(ctx, example, table, run.asked)
	peak, restarts := w.stop()
	if err != nil {
		return p.explain(err)
	}
	r.addCharts(example, took, run.target)
	r.detail(example+", ms by chart", took)
	r.addMemory(peak, restarts)
	return nil
}

// writeExample copies a whole example.
func writeExample(dir, example string) error {
	whole, err := fs.Sub(examples.Files, example)
	if err != nil {
		return err
	}
	return os.CopyFS(dir, whole)
}

// fillTable lets a pipeline make the tables, and fills one while it is stopped.
func (b *bench) fillTable(ctx context.Context, folder string, fill []string) error {
	p, err := startPipeline(ctx, b.Binary, folder, b.data())
	if err != nil {
		return err
	}
	if err := p.stop(); err != nil {
		return err
	}
	return execDuckDB(ctx, filepath.Join(b.data(), "warehouse", "penstock.duckdb"), append(fill, "checkpoint")...)
}

// askCharts asks for each chart of a dashboard and returns how long each took, in milliseconds.
func (p *pipeline) askCharts(ctx context.Context, board, table string, times int) (map[string][]float64, error) {
	var definition struct {
		Charts []struct{ ID string }
	}
	if _, err := p.get(ctx, "/api/v1/dashboards/"+board, &definition); err != nil {
		return nil, err
	}
	if len(definition.Charts) == 0 {
		return nil, errors.New("the dashboard has no charts")
	}
	took := map[string][]float64{}
	end := time.Now().Add(time.Hour)
	for i := range times {
		period := url.Values{
			"from": {end.Add(-370 * 24 * time.Hour).Add(time.Duration(i) * time.Second).UTC().Format(time.RFC3339)},
			"to":   {end.Add(time.Duration(i) * time.Second).UTC().Format(time.RFC3339)},
		}
		for _, c := range definition.Charts {
			var answer struct {
				Rows  [][]*string
				Error *struct{ Message string }
			}
			spent, err := p.get(ctx, "/api/v1/dashboards/"+board+"/charts/"+c.ID+"?"+period.Encode(), &answer)
			if err == nil && answer.Error != nil {
				err = errors.New(answer.Error.Message)
			}
			if err == nil && len(answer.Rows) == 0 {
				err = fmt.Errorf("there are no rows of %s in the answer", table)
			}
			if err != nil {
				return nil, fmt.Errorf("chart %s: %w", c.ID, err)
			}
			took[c.ID] = append(took[c.ID], millis(spent))
		}
	}
	return took, nil
}

// get asks the HTTP API, and says how long the answer took to its last byte.
func (p *pipeline) get(ctx context.Context, path string, into any) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+p.Token)
	begun := time.Now()
	response, err := p.HTTP.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	took := time.Since(begun)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	if err != nil {
		return 0, err
	}
	return took, json.Unmarshal(text, into)
}

func (r *result) addCharts(board string, took map[string][]float64, target string) {
	slowest, sum := "", 0.0
	medians := map[string]float64{}
	for id, times := range took {
		slices.Sort(times)
		medians[id] = times[len(times)/2]
		sum += medians[id]
		if slowest == "" || medians[id] > medians[slowest] {
			slowest = id
		}
	}
	r.add(fmt.Sprintf("%s, slowest of %d charts (%s)", board, len(took), slowest), medians[slowest], "ms", target)
	r.add(board+", all charts one after another", sum, "ms", "")
}

package dashboard

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/penstock/penstock/internal/chart"
)

// Charts computes the charts of dashboards, once for all who look at the same in the same state.
type Charts interface {
	// Admit refuses a state when too many different ones are looked at.
	Admit(d *chart.Dashboard, state chart.State) error
	// Watch sends a dashboard's charts, and how fresh they are, whenever they change, until ctx ends.
	// send never blocks.
	Watch(ctx context.Context, d *chart.Dashboard, state chart.State, send func(event, key string, data []byte)) error
	// Chart is one chart's data as JSON, as chart.Result encodes.
	Chart(ctx context.Context, d *chart.Dashboard, c *chart.Chart, state chart.State) (json.RawMessage, error)
}

// TableInfo describes a table to people who write SQL.
type TableInfo struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Columns     []ColumnInfo `json:"columns"`
}

// ColumnInfo describes a column.
type ColumnInfo struct {
	Name string `json:"name"`
	// Type is the contract's type, such as "decimal(12,2)".
	Type        string `json:"type"`
	Description string `json:"description"`
}

// dashboardEntry is a dashboard in the list of all.
type dashboardEntry struct {
	Name        string    `json:"name"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Error       *apiError `json:"error,omitempty"`
}

func (s *Server) dashboards(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.entries())
}

func (s *Server) entries() []dashboardEntry {
	entries := make([]dashboardEntry, len(s.deps.Dashboards))
	for i, d := range s.deps.Dashboards {
		entries[i] = dashboardEntry{Name: d.Name, Title: d.Title, Description: d.Description}
		if len(d.Faults) > 0 {
			fault := faultOf(d)
			entries[i].Error = &fault
		}
	}
	return entries
}

// faultOf says what is wrong with a dashboard's file.
func faultOf(d *chart.Dashboard) apiError {
	lines := make([]string, len(d.Faults))
	for i, f := range d.Faults {
		lines[i] = f.String()
	}
	return apiError{
		Code: "dashboard_invalid", Message: strings.Join(lines, "\n"),
		Hint: "mend the file, see that `penstock check` says ok, and start the pipeline again",
	}
}

// named finds the dashboard of a request; if there is none it answers.
func (s *Server) named(w http.ResponseWriter, r *http.Request) (*chart.Dashboard, bool) {
	for _, d := range s.deps.Dashboards {
		if d.Name != r.PathValue("name") {
			continue
		}
		if len(d.Faults) > 0 {
			writeError(w, http.StatusBadRequest, faultOf(d))
			return nil, false
		}
		return d, true
	}
	writeError(w, http.StatusNotFound, apiError{
		Code: "no_dashboard", Message: "there is no dashboard of that name",
		Hint: "GET /api/v1/dashboards lists them",
	})
	return nil, false
}

// chosen finds the dashboard of a request and reads the state; if either is wrong it answers.
func (s *Server) chosen(w http.ResponseWriter, r *http.Request) (*chart.Dashboard, chart.State, bool) {
	d, ok := s.named(w, r)
	if !ok {
		return nil, chart.State{}, false
	}
	state, err := d.State(r.URL.Query())
	if err != nil {
		writeError(w, http.StatusBadRequest, toAPIError(err))
		return nil, chart.State{}, false
	}
	return d, state, true
}

// maxStates is how many different states of dashboards one caller may look at: half of what Charts computes at once
// unless told otherwise.
const maxStates = 128

// look counts the state for the caller until leave is called; with too many it answers.
func (s *Server) look(w http.ResponseWriter, r *http.Request, d *chart.Dashboard, state chart.State) (leave func(), ok bool) {
	leave, ok = s.states.take(r, d.Name+"\x00"+state.Key())
	if !ok {
		tooMany(w, "too_many_views", fmt.Sprintf("%d different views of dashboards are open for this user or token, and no more are computed at once for one", s.states.most))
	}
	return leave, ok
}

func (s *Server) dashboard(w http.ResponseWriter, r *http.Request) {
	if d, ok := s.named(w, r); ok {
		writeJSON(w, http.StatusOK, d)
	}
}

// dashboardLive sends a dashboard's charts as they change.
func (s *Server) dashboardLive(w http.ResponseWriter, r *http.Request) {
	d, state, ok := s.chosen(w, r)
	if !ok {
		return
	}
	leave, ok := s.look(w, r, d, state)
	if !ok {
		return
	}
	defer leave()
	if err := s.deps.Charts.Admit(d, state); err != nil {
		writeChartError(w, err)
		return
	}
	s.streams.serve(w, r, func(ctx context.Context, out *eventStream) {
		if err := s.deps.Charts.Watch(ctx, d, state, out.sendLatest); err != nil {
			_ = out.sendJSON("bye", map[string]string{"reason": toAPIError(err).Message}) // a text is always JSON
		}
	})
}

// chartData answers with one chart's data, as JSON or, with .csv behind the id, as CSV.
func (s *Server) chartData(w http.ResponseWriter, r *http.Request) {
	d, state, ok := s.chosen(w, r)
	if !ok {
		return
	}
	id, asCSV := strings.CutSuffix(r.PathValue("id"), ".csv")
	c := d.Chart(id)
	if c == nil {
		writeError(w, http.StatusNotFound, apiError{Code: "no_chart", Message: "the dashboard has no chart of that id"})
		return
	}
	leave, ok := s.look(w, r, d, state)
	if !ok {
		return
	}
	defer leave()
	data, err := s.deps.Charts.Chart(r.Context(), d, c, state)
	if err != nil {
		writeChartError(w, err)
		return
	}
	if !asCSV {
		writeJSON(w, http.StatusOK, data)
		return
	}
	var result chart.Result
	if err := json.Unmarshal(data, &result); err != nil {
		writeError(w, http.StatusInternalServerError, toAPIError(err))
		return
	}
	writeCSV(w, d.Name+"-"+c.ID+".csv", result)
}

// writeCSV answers with the rows by RFC 4180: a header, CRLF, and every cell exactly as the warehouse
// has it. NULL and the empty text look the same.
func writeCSV(w http.ResponseWriter, name string, result chart.Result) {
	var text bytes.Buffer
	lines := csv.NewWriter(&text)
	lines.UseCRLF = true
	cells := make([]string, len(result.Columns))
	for i, column := range result.Columns {
		cells[i] = column.Name
	}
	_ = lines.Write(cells) // a buffer takes everything
	for _, row := range result.Rows.Rows {
		for i, cell := range row {
			cells[i] = ""
			if cell != nil {
				cells[i] = *cell
			}
		}
		_ = lines.Write(cells)
	}
	lines.Flush()
	header := w.Header()
	header.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if result.Truncated {
		header.Set("Penstock-Truncated", "true")
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(text.Bytes())
}

// filterValues answers with the values a filter can take.
func (s *Server) filterValues(w http.ResponseWriter, r *http.Request) {
	d, ok := s.named(w, r)
	if !ok {
		return
	}
	f := d.Filter(r.PathValue("filter"))
	if f == nil {
		writeError(w, http.StatusNotFound, apiError{Code: "no_filter", Message: "the dashboard has no filter of that name"})
		return
	}
	data, err := s.deps.Charts.Chart(r.Context(), d, f.Values(), chart.State{Range: chart.RangeAll})
	if err != nil {
		writeChartError(w, err)
		return
	}
	var result chart.Result
	if err := json.Unmarshal(data, &result); err != nil {
		writeError(w, http.StatusInternalServerError, toAPIError(err))
		return
	}
	values := []string{}
	for _, row := range result.Rows.Rows {
		values = append(values, *row[0])
	}
	writeJSON(w, http.StatusOK, map[string][]string{"values": values})
}

func (s *Server) tables(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.deps.Tables)
}

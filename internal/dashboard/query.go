package dashboard

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// flushRows is after how many rows a result being streamed is pushed to the client.
const flushRows = 500

type queryRequest struct {
	SQL string `json:"sql"`
}

// query streams a result as lines of JSON (see resultLine), so that memory stays flat whatever
// the result's size.
func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	var request queryRequest
	if !readJSON(w, r, &request) {
		return
	}
	rows, err := s.deps.Warehouse.Query(r.Context(), request.SQL)
	if err != nil {
		writeFailure(w, err)
		return
	}
	defer rows.Close() //nolint:errcheck // the result's own error is reported in its last line
	w.Header().Set("Content-Type", "application/x-ndjson")
	encoder := json.NewEncoder(w)
	if encoder.Encode(resultLine{Columns: rows.Columns()}) == nil {
		_ = streamRows(encoder, rows, http.NewResponseController(w))
	}
}

func streamRows(encoder *json.Encoder, rows Rows, control *http.ResponseController) error {
	for n := int64(0); ; n++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return encoder.Encode(resultLine{End: &resultEnd{Rows: n, Truncated: rows.Truncated()}})
		}
		if err != nil {
			failed := toAPIError(err)
			return encoder.Encode(resultLine{Error: &failed})
		}
		if err := encoder.Encode(resultLine{Row: row}); err != nil {
			return err
		}
		if n%flushRows == flushRows-1 {
			if err := control.Flush(); err != nil {
				return err
			}
		}
	}
}

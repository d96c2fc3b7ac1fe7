package double

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// answer is what a statement gives: rows, or a refusal.
type answer struct {
	columns []string
	rows    [][]*string
	code    int
	message string
}

func (a *Account) query(w http.ResponseWriter, req *http.Request) {
	var body struct {
		SQL string `json:"sqlText"`
	}
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	token := strings.TrimSuffix(strings.TrimPrefix(req.Header.Get("Authorization"), `Snowflake Token="`), `"`)
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.sessions[token]
	if s == nil {
		refuse(w, 390104, "Session no longer exists. New login required to access the service.")
		return
	}
	id := req.URL.Query().Get("requestId")
	if again, ok := a.answered[id]; ok {
		a.write(w, again)
		return
	}
	fault := a.fault(body.SQL)
	switch fault {
	case Throttle:
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case Unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case Cut:
		cut(w)
		return
	}
	given := denied(s.role, body.SQL)
	if fault != Privilege {
		given = a.run(s, body.SQL)
	}
	a.statements = append(a.statements, Statement{Role: s.role, SQL: body.SQL, Failed: given.code != 0})
	a.answered[id] = given
	if fault == CutAfter {
		cut(w)
		return
	}
	a.write(w, given)
}

func denied(role, what string) answer {
	return answer{code: 3001, message: fmt.Sprintf("SQL access control error:\nInsufficient privileges to operate with role '%s': %.60s", role, what)}
}

func missing(what string) answer {
	return answer{code: 2003, message: fmt.Sprintf("SQL compilation error:\n%s does not exist or not authorized.", what)}
}

func unknown(sql string) answer {
	return answer{code: 1003, message: "SQL compilation error: the double does not know this statement: " + sql}
}

// done is what DDL answers.
func done(text string) answer { return cell("status", text) }

func cell(name, text string) answer {
	return answer{columns: []string{name}, rows: [][]*string{{&text}}}
}

// table makes an answer of rows, with columns in this order.
func table(columns []string, rows []map[string]string) answer {
	out := answer{columns: columns}
	for _, row := range rows {
		cells := make([]*string, len(columns))
		for i, c := range columns {
			if v, ok := row[c]; ok {
				cells[i] = &v
			}
		}
		out.rows = append(out.rows, cells)
	}
	return out
}

func (a *Account) write(w http.ResponseWriter, given answer) {
	if given.code != 0 {
		refuse(w, given.code, given.message)
		return
	}
	a.next++
	var types []map[string]any
	for _, c := range given.columns {
		types = append(types, map[string]any{"name": c, "type": "text", "nullable": true, "length": 16 << 20, "byteLength": 16 << 20})
	}
	reply(w, map[string]any{
		"parameters": []parameter{}, "rowtype": types, "rowset": slices.Concat([][]*string{}, given.rows),
		"total": len(given.rows), "returned": len(given.rows), "queryId": fmt.Sprintf("01-%d", a.next),
		"queryResultFormat": "json", "statementTypeId": 4096, "finalDatabaseName": nil, "finalSchemaName": nil, "finalWarehouseName": nil, "finalRoleName": nil,
	})
}

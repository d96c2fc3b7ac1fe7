package snowflake

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// CreateStage is the lake's data prefix.
func (n Names) CreateStage(url string) string {
	return fmt.Sprintf("CREATE STAGE IF NOT EXISTS %s URL = %s STORAGE_INTEGRATION = %s FILE_FORMAT = (FORMAT_NAME = %s)",
		n.raw(n.Stage), Literal(url), n.Integration, Literal(n.raw(n.FirehoseFormat)))
}

// CreateTable is the table a pipe loads.
func (n Names) CreateTable(t *contract.Table) string {
	var columns []string
	for _, c := range TableColumns(t) {
		columns = append(columns, c.Name.String()+" "+c.Type)
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)", n.raw(column(t.Name)), strings.Join(columns, ", "))
}

// AddColumns gives a table columns its contract has got since.
func (n Names) AddColumns(t *contract.Table, missing []Column) string {
	var columns []string
	for _, c := range missing {
		columns = append(columns, c.Name.String()+" "+c.Type)
	}
	return fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", n.raw(column(t.Name)), strings.Join(columns, ", "))
}

// WidenColumns gives columns the wider types that their contract has got since.
func (n Names) WidenColumns(t *contract.Table, wider []Column) string {
	var columns []string
	for _, c := range wider {
		columns = append(columns, "COLUMN "+c.Name.String()+" SET DATA TYPE "+c.Type)
	}
	return fmt.Sprintf("ALTER TABLE %s ALTER %s", n.raw(column(t.Name)), strings.Join(columns, ", "))
}

// Pipe is the name of a table's pipe.
func Pipe(t *contract.Table) Name { return column(t.Name) }

// Copy loads a table's files: what a pipe does with each, and what it is compared by.
func (n Names) Copy(t *contract.Table) string {
	var names, values []string
	for i, c := range FileColumns(t) {
		value := fmt.Sprintf("$%d", i+1)
		if c.JSON {
			value = "PARSE_JSON(" + value + ")"
		}
		names, values = append(names, c.Name.String()), append(values, value)
	}
	names = append(names, Name(FileColumn).String(), Name(RowColumn).String())
	values = append(values, "METADATA$FILENAME", "METADATA$FILE_ROW_NUMBER")
	return fmt.Sprintf("COPY INTO %s (%s) FROM (SELECT %s FROM @%s/%s/) FILE_FORMAT = (FORMAT_NAME = %s) ON_ERROR = CONTINUE",
		n.raw(column(t.Name)), strings.Join(names, ", "), strings.Join(values, ", "), n.raw(n.Stage), t.Name, Literal(n.raw(n.FirehoseFormat)))
}

// CreatePipe loads each new file below a table's prefix.
func (n Names) CreatePipe(t *contract.Table) string {
	return fmt.Sprintf("CREATE PIPE IF NOT EXISTS %s AUTO_INGEST = TRUE AS %s", n.raw(Pipe(t)), n.Copy(t))
}

// ReplacePipe is CreatePipe for a table that got columns. It forgets which files were loaded; the view holds even if
// some are loaded again.
func (n Names) ReplacePipe(t *contract.Table) string {
	return strings.Replace(n.CreatePipe(t), "CREATE PIPE IF NOT EXISTS", "CREATE OR REPLACE PIPE", 1)
}

// External is the name of a table's external table.
func External(t *contract.Table) Name { return column(t.Name) + "_FILES" }

// CreateExternalTable reads the files in place, partitioned by the day of their name.
func (n Names) CreateExternalTable(t *contract.Table) string {
	columns := []string{`"DT" DATE AS (TO_DATE(SPLIT_PART(SPLIT_PART(METADATA$FILENAME, 'dt=', 2), '/', 1), 'YYYY-MM-DD'))`}
	for i, c := range FileColumns(t) {
		value := fmt.Sprintf("(VALUE:c%d::%s)", i+1, c.Type)
		if c.JSON {
			value = fmt.Sprintf("(PARSE_JSON(VALUE:c%d::VARCHAR))", i+1)
		}
		columns = append(columns, fmt.Sprintf("%s %s AS %s", c.Name, c.Type, value))
	}
	columns = append(columns, fmt.Sprintf("%s VARCHAR AS (METADATA$FILENAME)", Name(FileColumn)), fmt.Sprintf("%s NUMBER(19,0) AS (METADATA$FILE_ROW_NUMBER)", Name(RowColumn)))
	return fmt.Sprintf(`CREATE EXTERNAL TABLE IF NOT EXISTS %s (%s) PARTITION BY ("DT") LOCATION = @%s/%s/ REFRESH_ON_CREATE = FALSE AUTO_REFRESH = TRUE FILE_FORMAT = (FORMAT_NAME = %s)`,
		n.raw(External(t)), strings.Join(columns, ", "), n.raw(n.Stage), t.Name, Literal(n.raw(n.FirehoseFormat)))
}

// CreateView is the name people query. Firehose delivers at least once, so a record counts once by shard and sequence
// (which holds the subsequence, and tells two streams of the same name apart, because it holds their creation). A key
// counts once within its window.
func (n Names) CreateView(t *contract.Table, from Name) string {
	var columns []string
	for _, c := range FileColumns(t) {
		columns = append(columns, c.Name.String())
	}
	list := strings.Join(columns, ", ")
	once := fmt.Sprintf(`SELECT %s FROM %s QUALIFY ROW_NUMBER() OVER (PARTITION BY "_SHARD", "_SEQUENCE" ORDER BY "_FILE", "_ROW") = 1`, list, n.raw(from))
	if t.Key != "" {
		before := fmt.Sprintf(`LAG("_ARRIVED_AT") OVER (PARTITION BY %s ORDER BY "_ARRIVED_AT", "_SHARD", "_SEQUENCE")`, column(t.Key))
		once = fmt.Sprintf(`SELECT %s FROM (%s) QUALIFY COALESCE(DATEDIFF(MICROSECOND, %s, "_ARRIVED_AT") > %d, TRUE)`,
			list, once, before, t.KeyWindow/time.Microsecond)
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s COPY GRANTS AS %s", n.view(column(t.Name)), once)
}

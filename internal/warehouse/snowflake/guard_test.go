package snowflake

import (
	"strings"
	"testing"
)

func TestOnlySelect(t *testing.T) {
	for statement, allowed := range map[string]bool{
		"select 1": true, " (SELECT 1)": true, "with a as (select 1) select * from a;": true, "select ';@' as \"a;b\" -- ; @": true, "select*from t": true,
		"": false, "insert into t select 1": false, "select 1; drop table t": false, "select * from @stage": false, "select system$wait(1)": false,
		"select 'open": false, "/* x": false, "call p()": false, "select '\\'; drop table t --'": true,
		"select 1 ->> drop table t": false, "select '->>' as \"call\", 1 -- ->> call": true, "select b->c, 1 > 2 from t": true,
		"with p as procedure () returns int language sql as $$ begin drop table t; end $$ call p()": false, "select callers from recall": true,
		"WITH p AS\nPROCEDURE() x": false, "select * from table(p()) where call (1)": false,
		`select "SYSTEM$WAIT"(60)`: false, `select "system$wait"(60)`: false, "select $1 from '@stage/a b.csv'": false, "select * from a join ('@stage') b": false,
		"select * from table(infer_schema(location => '@stage', file_format => 'f'))": false,
		"select * from t where handle in ('@anna', '@bob') and mail like '%@%'":       true,
		"select " + strings.Repeat("1", maxQuery-len("select ")):                      true, "select " + strings.Repeat("1", maxQuery-len("select ")+1): false,
	} {
		if err := onlySelect(statement); (err == nil) != allowed {
			t.Errorf("%.60q: %v", statement, err)
		}
	}
}

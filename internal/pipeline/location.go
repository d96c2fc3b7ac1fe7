package pipeline

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/spelling"
)

const lakeChoices = "write folder, /a/path, file:///a/path or s3://bucket/prefix"

// lake reads where files go. What only the store can judge is found when it is opened.
func (r *reader) lake(n *yaml.Node, to *string) {
	value, ok := r.Text("lake", n)
	if !ok || value == "folder" {
		return
	}
	scheme, _, isURL := strings.Cut(value, "://")
	switch u, err := url.Parse(value); {
	case !isURL && filepath.IsAbs(value):
		*to = value
	case !isURL:
		instead := lakeChoices
		if near := spelling.Nearest(value, []string{"folder"}); near != "" {
			instead = fmt.Sprintf("did you mean %q?", near)
		}
		r.Fault(n, fmt.Sprintf("lake is %q", value), instead)
	case err != nil:
		r.Fault(n, fmt.Sprintf("lake is %q, which is not a URL", value), lakeChoices)
	case u.User != nil:
		r.Fault(n, "the lake's URL holds credentials", "leave them out: they come from the environment or the AWS profile")
	case scheme == "file" && (u.Host != "" || !filepath.IsAbs(u.Path)):
		r.Fault(n, fmt.Sprintf("lake is %q, which is not a folder", value), "write file:///a/path, with three slashes")
	case scheme == "s3" && u.Host == "":
		r.Fault(n, fmt.Sprintf("lake is %q, which names no bucket", value), "write s3://bucket/prefix")
	case scheme != "file" && scheme != "s3":
		r.Fault(n, fmt.Sprintf("a lake on %s does not exist", scheme), lakeChoices)
	default:
		*to = value
	}
}

// warehouse reads where rows go.
func (r *reader) warehouse(n *yaml.Node, p *Pipeline) {
	value, ok := r.Text("warehouse", n)
	if !ok || value == "duckdb" {
		return
	}
	const choices = "write duckdb, duckdb:///a/path/file.duckdb, or " + snowflakeExample
	scheme, _, _ := strings.Cut(value, "://")
	u, err := url.Parse(value)
	switch {
	case scheme == "snowflake":
		p.Snowflake = r.snowflake(n, value, p.Dir)
	case scheme != "duckdb":
		instead := choices
		if near := spelling.Nearest(scheme, []string{"duckdb", "snowflake"}); near != "" {
			instead = fmt.Sprintf("did you mean %q?", near)
		}
		r.Fault(n, fmt.Sprintf("the warehouse %q does not exist", value), instead)
	case err != nil || u.Host != "" || !filepath.IsAbs(u.Path) || strings.HasSuffix(u.Path, "/"):
		r.Fault(n, fmt.Sprintf("the warehouse %q names no file", value), "write duckdb:///a/path/file.duckdb, with three slashes")
	default:
		p.Warehouse = filepath.FromSlash(u.Path)
	}
}

package admin

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// exportedAtOnce is how many rows an export reads at a time.
	exportedAtOnce = 500
	// exportWait is how long the next rows may take until the client has received them. The limit of a server
	// for a whole response is too short for a long list.
	exportWait = time.Minute
)

// errNoProgress means that a page of a list ends where it began, so that an export would never end.
var errNoProgress = errors.New("the next page of the list begins at the same place")

// exportList returns the handler that sends all rows of a list as a file. It reads one page
// after the other, and keeps none of them. A page of a list that is searched can be empty.
func (b *office) exportList(d declaration) handler {
	return func(r *request) error {
		l, err := d(r)
		if err != nil {
			return err
		}
		q := r.URL.Query()
		write, header := writers[q.Get("format")], r.w.Header()
		if write.begin == nil {
			return errGone
		}
		if err := l.checkFilters(q); err != nil {
			return err
		}
		end, err := b.exports.begin(r.me.ID)
		if err != nil {
			return err
		}
		defer end()
		p := l.paging(q)
		p.After, p.Before, p.Last, p.Limit = "", "", false, exportedAtOnce
		rows, cursor, err := l.rows(q, p) // while the response can still be a page
		if err != nil {
			return err
		}
		r.reportAct("", oauth.EventDetails{Changes: []oauth.Change{{Field: "filter", After: r.URL.RawQuery}}})
		header.Set("Content-Type", write.kind)
		header.Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(l.path, "/", "-")+`.`+q.Get("format")+`"`)
		header.Set("Cache-Control", "no-store")
		f := write.begin(r.w)
		err = f.begin(l.columns)
		for err == nil {
			r.allowExport()
			for i := 0; i < len(rows) && err == nil; i++ {
				err = f.row(l.columns, rows[i])
			}
			if err != nil || cursor.Next == "" {
				break
			}
			if cursor.Next == p.After {
				err = errNoProgress
				break
			}
			p.After = cursor.Next
			if err = r.keepsRoles(); err == nil {
				rows, cursor, err = l.rows(q, p)
			}
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the client notices that the file is incomplete
		}
		return f.end()
	}
}

// allowExport sets the time for the response to exportWait from now on.
func (r *request) allowExport() {
	_ = http.NewResponseController(r.w).SetWriteDeadline(time.Now().Add(exportWait)) // if that is not supported, a response that takes too long is aborted
}

// A listFile is a file with the rows of a list.
type listFile interface {
	begin(columns []listColumn) error
	row(columns []listColumn, row listRow) error
	end() error
}

// writers are the formats of the files.
var writers = map[string]struct {
	kind  string
	begin func(io.Writer) listFile
}{
	"csv":  {"text/csv; charset=utf-8", func(w io.Writer) listFile { return csvFile{csv.NewWriter(w)} }},
	"json": {"application/json; charset=utf-8", func(w io.Writer) listFile { return &jsonFile{w: w} }},
}

type csvFile struct{ *csv.Writer }

func (f csvFile) begin(columns []listColumn) error {
	var names []string
	for _, c := range columns {
		if c.name != "" {
			names = append(names, c.name)
		}
	}
	return f.Write(names)
}

func (f csvFile) row(columns []listColumn, row listRow) error {
	var values []string
	for i, c := range row.Cells {
		if columns[i].name != "" {
			values = append(values, audit.Cell(c.value()))
		}
	}
	return f.Write(values)
}

func (f csvFile) end() error {
	f.Flush()
	return f.Error()
}

// A jsonFile is an array of objects.
type jsonFile struct {
	w     io.Writer
	begun bool
}

func (f *jsonFile) begin([]listColumn) error {
	_, err := io.WriteString(f.w, "[")
	return err
}

func (f *jsonFile) row(columns []listColumn, row listRow) error {
	object := make(map[string]string, len(columns))
	for i, c := range columns {
		if c.name != "" {
			object[c.name] = row.Cells[i].value()
		}
	}
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	separator := ",\n"
	if !f.begun {
		separator = "\n"
	}
	f.begun = true
	_, err = io.WriteString(f.w, separator+string(text))
	return err
}

func (f *jsonFile) end() error {
	_, err := io.WriteString(f.w, "\n]\n")
	return err
}

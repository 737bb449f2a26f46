package admin

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// mostPages is the maximum number of pages that an export reads. A page of a list that is
// searched can be empty.
const mostPages = 1000

// errManyPages means that the rows of a list are on more than mostPages pages.
var errManyPages = errors.New("the list has too many pages for an export")

// exportList returns the handler that sends the rows of a list as a file. It reads one page
// after the other, and keeps none of them.
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
		p := l.paging(q)
		p.After, p.Before, p.Last, p.Limit = "", "", false, 200
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
		for n, page := 0, 0; err == nil && n < mostExported; page++ {
			for _, row := range rows {
				if n++; err == nil && n <= mostExported {
					err = f.row(l.columns, row)
				}
			}
			if cursor.Next == "" || err != nil {
				break
			}
			if page == mostPages {
				err = errManyPages
				break
			}
			p.After = cursor.Next
			rows, cursor, err = l.rows(q, p)
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the client notices that the file is incomplete
		}
		return f.end()
	}
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

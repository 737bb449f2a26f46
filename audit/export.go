package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Formats returns the names of the formats of Export.
func Formats() []string { return []string{"jsonl", "csv", "cef"} }

// Exporter writes records in one of the Formats.
type Exporter struct {
	write func(*Record) error
	flush func() error
}

// NewExporter returns an Exporter. Version is that of the server, for CEF. The error says
// that the format does not exist.
func NewExporter(w io.Writer, format, version string) (*Exporter, error) {
	switch format {
	case "jsonl":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return &Exporter{func(r *Record) error { return e.Encode(r.Described()) }, func() error { return nil }}, nil
	case "csv":
		return newCSV(w), nil
	case "cef":
		return &Exporter{func(r *Record) error { _, err := io.WriteString(w, CEF(r, version)+"\n"); return err }, func() error { return nil }}, nil
	}
	return nil, fmt.Errorf("the format %.20q does not exist: use %s", format, strings.Join(Formats(), ", "))
}

// Write writes a record.
func (e *Exporter) Write(r *Record) error { return e.write(r) }

// Close writes what is buffered. It does not close the io.Writer.
func (e *Exporter) Close() error { return e.flush() }

func newCSV(w io.Writer) *Exporter {
	c := csv.NewWriter(w)
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		return c.Write([]string{"seq", "id", "at", "what", "category", "event", "kind", "outcome", "reason", "actor_kind", "actor", "actor_name", "address", "user_agent", "session", "person", "person_name", "client_id", "client_name", "target", "permission_id", "scope", "error_id", "repeated", "changes", "hash", "seal"})
	}
	return &Exporter{
		func(r *Record) error {
			if err := begin(); err != nil {
				return err
			}
			origin, details := r.parts()
			row := []string{
				number(r.Seq), r.ID, r.At.UTC().Format(time.RFC3339Nano), r.What(), r.Category, r.Event, r.Kind, r.Outcome, r.Reason, r.ActorKind, r.Actor, origin.Name, origin.Address, origin.UserAgent, origin.Session,
				r.Person, details.PersonName, r.ClientID, details.ClientName, r.Target, r.PermissionID, r.Scope, r.ErrorID, number(r.Repeated), changesText(r), r.Hash, r.Seal,
			}
			for i := range row {
				row[i] = Cell(row[i])
			}
			return c.Write(row)
		},
		func() error {
			if err := begin(); err != nil {
				return err
			}
			c.Flush()
			return c.Error()
		},
	}
}

// Cell returns a value for a CSV file that no spreadsheet takes for a formula: it gets an
// apostrophe before it, as OWASP recommends. Characters that change the direction of the text
// after them are replaced with their numbers, such as \u202E.
func Cell(s string) string {
	s = directions.Replace(s)
	if strings.TrimLeft(s, " ") == "" || !strings.ContainsAny(strings.TrimLeft(s, " ")[:1], "=+-@\t\r\n|%＝") && !strings.HasPrefix(strings.TrimLeft(s, " "), "＝") {
		return s
	}
	return "'" + s
}

// directions are the characters that override or isolate the direction of a text.
var directions = strings.NewReplacer(
	"\u202a", `\u202A`, "\u202b", `\u202B`, "\u202c", `\u202C`, "\u202d", `\u202D`, "\u202e", `\u202E`,
	"\u2066", `\u2066`, "\u2067", `\u2067`, "\u2068", `\u2068`, "\u2069", `\u2069`,
)

func changesText(r *Record) string {
	if len(r.Changes()) == 0 {
		return ""
	}
	return compact(r.Changes())
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// parts returns the parts of a record; those that were erased are empty.
func (r *Record) parts() (*Origin, *Details) {
	origin, details := r.Origin, r.Details
	if origin == nil {
		origin = &Origin{}
	}
	if details == nil {
		details = &Details{}
	}
	return origin, details
}

// CEF returns the record in the Common Event Format, version 0.
func CEF(r *Record, version string) string {
	origin, details := r.parts()
	severity := "3"
	if r.Failed() {
		severity = "6"
	}
	var b strings.Builder
	b.WriteString("CEF:0")
	for _, field := range []string{"Latchkey", "Latchkey", version, r.Event, strings.TrimSpace(r.Event + " " + r.Kind), severity} {
		b.WriteString("|" + strings.NewReplacer(`\`, `\\`, `|`, `\|`, "\r", " ", "\n", " ").Replace(field))
	}
	b.WriteString("|")
	separator := ""
	for _, pair := range [][2]string{
		{"rt", strconv.FormatInt(r.At.UnixMilli(), 10)},
		{"externalId", r.ID},
		{"cat", r.Category},
		{"outcome", r.Outcome},
		{"reason", r.Reason},
		{"src", ipv4(origin.Address)},
		{"c6a2", ipv6(origin.Address)},
		{"c6a2Label", label(ipv6(origin.Address), "Source IPv6 Address")},
		{"suid", r.Actor},
		{"suser", origin.Name},
		{"spriv", r.ActorKind},
		{"requestClientApplication", origin.UserAgent},
		{"duid", r.Person},
		{"duser", details.PersonName},
		{"cs1", r.ClientID},
		{"cs1Label", label(r.ClientID, "clientId")},
		{"cs2", r.Target},
		{"cs2Label", label(r.Target, "target")},
		{"cs3", changesText(r)},
		{"cs3Label", label(changesText(r), "changes")},
		{"cs4", r.ErrorID},
		{"cs4Label", label(r.ErrorID, "errorId")},
		{"cs5", r.Hash},
		{"cs5Label", label(r.Hash, "hash")},
		{"cn1", number(r.Seq)},
		{"cn1Label", label(number(r.Seq), "seq")},
		{"cnt", number(r.Repeated)},
	} {
		if pair[1] != "" {
			b.WriteString(separator + pair[0] + "=" + strings.NewReplacer(`\`, `\\`, `=`, `\=`, "\r", `\r`, "\n", `\n`).Replace(pair[1]))
			separator = " "
		}
	}
	return b.String()
}

func label(value, name string) string {
	if value == "" {
		return ""
	}
	return name
}

func ipv4(address string) string {
	if strings.Contains(address, ":") {
		return ""
	}
	return address
}

func ipv6(address string) string {
	if !strings.Contains(address, ":") {
		return ""
	}
	return address
}

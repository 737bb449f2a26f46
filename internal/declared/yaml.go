package declared

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// LifetimeValue describes how a lifetime is written in a file.
const LifetimeValue = "duration such as 5m, or number of seconds"

// A Fault is a mistake in a file.
type Fault struct {
	Line int
	Text string
	err  error // with the text, or nil
}

// Error returns the text with the number of the line, in one line.
func (f Fault) Error() string {
	text := f.Text
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return fmt.Sprintf("line %d: %s", f.Line, strings.ReplaceAll(text, "\n", " "))
}

// Unwrap returns the error of the object in the line.
func (f Fault) Unwrap() error { return f.err }

func faultf(n *yaml.Node, format string, args ...any) error {
	return Fault{Line: n.Line, Text: fmt.Sprintf(format, args...)}
}

// A member is a name in a mapping, with its value.
type member struct {
	name  string
	value *yaml.Node
}

// parseYAML returns the value of the only document in a text.
func parseYAML(text []byte) (*yaml.Node, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	err := d.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && len(document.Content) != 1 {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	var second yaml.Node
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has more than one document: remove the lines with ---")
	}
	var r reader
	nodes := 0
	if checkNodes(&r, &nodes, document.Content[0]); nodes > maxNodes {
		return nil, fmt.Errorf("the file has more than %d names and values: apply it in parts", maxNodes)
	}
	return document.Content[0], errors.Join(r.faults...)
}

// checkNodes counts the names and values. It adds a fault for values that mean something else than they
// seem to: an alias, and a text with the tag of a boolean or of a missing value.
func checkNodes(r *reader, nodes *int, n *yaml.Node) {
	if *nodes++; *nodes > maxNodes || r.full() {
		return
	}
	switch {
	case n.Kind == yaml.AliasNode:
		r.fault(n, "anchors and aliases (*%s) are not supported: write the value itself", n.Value)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" && !slices.Contains([]string{"true", "false"}, strings.ToLower(n.Value)):
		r.fault(n, "write true or false after the tag !!bool")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" && !slices.Contains([]string{"", "~", "null"}, strings.ToLower(n.Value)):
		r.fault(n, "remove the text after the tag !!null, or the tag")
	}
	for _, child := range n.Content {
		checkNodes(r, nodes, child)
	}
}

// membersOf returns the members of a mapping, in the order of the file.
func membersOf(n *yaml.Node) (all []member, err error) {
	if n.Kind != yaml.MappingNode {
		return nil, faultf(n, "write a map, such as name: value, not %s", kindOf(n))
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			return nil, faultf(key, "a name must be a text")
		case seen[key.Value]:
			return nil, faultf(key, "%s is repeated", key.Value)
		}
		seen[key.Value] = true
		all = append(all, member{key.Value, n.Content[i+1]})
	}
	return all, nil
}

// kindOf returns the kind of a value, for people.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	case "!!null":
		return "a missing value"
	}
	return "a text"
}

// isNull reports whether a name has no value, or null.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// toJSON returns a value as JSON. The members of maps keep their order.
func toJSON(n *yaml.Node) (json.RawMessage, error) {
	var b bytes.Buffer
	err := appendJSON(&b, n)
	return b.Bytes(), err
}

// toJSON returns the value of a member as JSON. A lifetime is a number of seconds there. In the file, it
// is such a number, or a duration with a unit, as in the configuration file.
func (m member) toJSON(isLifetime bool) (json.RawMessage, error) {
	if !isLifetime || m.value.Kind != yaml.ScalarNode || m.value.ShortTag() != "!!str" {
		return toJSON(m.value)
	}
	d, err := settings.ParseDuration(m.value.Value)
	if err != nil || d < 0 || d%time.Second != 0 {
		return nil, faultf(m.value, "%s: a lifetime must be a duration such as 5m, 1h or 30d, or a whole number of seconds, such as 300", m.name)
	}
	return strconv.AppendInt(nil, int64(d/time.Second), 10), nil
}

func appendJSON(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.ScalarNode:
		return appendScalar(b, n)
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, element := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := appendJSON(b, element); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case yaml.MappingNode:
		all, err := membersOf(n)
		if err != nil {
			return err
		}
		b.WriteByte('{')
		for i, m := range all {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(text(m.name))
			b.WriteByte(':')
			if err := appendJSON(b, m.value); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	}
	return faultf(n, "write a value")
}

func appendScalar(b *bytes.Buffer, n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		b.WriteString("null")
	case "!!bool":
		b.WriteString(strings.ToLower(n.Value))
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			return faultf(n, "write the number with decimal digits only, or put a text into quotes")
		}
		b.WriteString(n.Value)
	case "!!str", "!!timestamp":
		b.Write(text(n.Value))
	default:
		return faultf(n, "values with the tag %s are not supported", n.ShortTag())
	}
	return nil
}

// text returns a JSON string.
func text(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string
	return bytes.TrimSpace(b.Bytes())
}

// fromJSON returns a JSON value for a YAML file. The members of objects keep their order.
func fromJSON(value json.RawMessage) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	return nextNode(d)
}

func nextNode(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		if t == '{' {
			n.Kind = yaml.MappingNode
		}
		for d.More() { // the name of a member is a text before its value
			element, err := nextNode(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, element)
		}
		_, err := d.Token() // the end
		return n, err
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(t.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: t.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(t)}, nil
	case string:
		return textNode(t), nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsAny(s, "\n\r") {
		n.Style = yaml.DoubleQuotedStyle // the value of a block can lose space
	}
	return n
}

// canonical returns a JSON value in the form in which values are compared. A value that a
// missing member has is empty.
func canonical(value json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if !v {
			return ""
		}
	case []any:
		if len(v) == 0 {
			return ""
		}
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
	case string:
		return v
	}
	out, _ := json.Marshal(v) // it was just decoded
	return string(out)
}

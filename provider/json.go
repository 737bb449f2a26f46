package provider

import (
	"encoding/json"
	"strconv"
)

// object is a JSON object to which members are added in turn. It is for the few
// objects that nearly every request needs: package json takes several times as long.
type object []byte

// newObject returns an object with a capacity of room bytes.
func newObject(room int) object { return append(make(object, 0, room), '{') }

func (o object) add(name string) object {
	if len(o) > 1 {
		o = append(o, ',')
	}
	return append(append(append(o, '"'), name...), '"', ':')
}

// text adds a text.
func (o object) text(name, value string) object {
	return appendText(o.add(name), value)
}

// textIfAny adds a text that is not empty.
func (o object) textIfAny(name, value string) object {
	if value == "" {
		return o
	}
	return o.text(name, value)
}

// texts adds a list of texts; a single one is added as a text.
func (o object) texts(name string, values []string) object {
	if len(values) == 1 {
		return o.text(name, values[0])
	}
	return o.list(name, values)
}

// list adds a list of texts.
func (o object) list(name string, values []string) object {
	o = append(o.add(name), '[')
	for i, value := range values {
		if i > 0 {
			o = append(o, ',')
		}
		o = appendText(o, value)
	}
	return append(o, ']')
}

// number adds a number.
func (o object) number(name string, value int64) object {
	return strconv.AppendInt(o.add(name), value, 10)
}

// numberIfAny adds a number that is not 0.
func (o object) numberIfAny(name string, value int64) object {
	if value == 0 {
		return o
	}
	return o.number(name, value)
}

// flag adds a boolean.
func (o object) flag(name string, value bool) object {
	return strconv.AppendBool(o.add(name), value)
}

// end returns the complete object.
func (o object) end() []byte { return append(o, '}') }

// appendText appends a JSON string in the form of package json, which also escapes
// what is special in HTML.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			encoded, _ := json.Marshal(text) // cannot fail: a text
			return append(b, encoded...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

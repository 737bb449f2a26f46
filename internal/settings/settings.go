// Package settings reads the declarations of settings. A setting is a struct
// field with tags:
//
//	CodeTTL time.Duration `key:"code_ttl" default:"1m" help:"lifetime of an authorization code"`
//
// Everything else comes from the field: its default, the flag --code-ttl, the
// environment variable LATCHKEY_CODE_TTL, the member code_ttl of the
// configuration file, and the line of the reference.
//
// The tags are:
//
//	key        name of the setting
//	help       one line that describes it
//	default    text of its default; the zero value if the tag is missing
//	secret     "true": never a flag, because other users of the machine can read it
//	sensitive  "true": it may contain a secret, and errors must not quote it
//	only       "file": it can be set only in the configuration file
//	commands   commands that have the flag, if not all that start a server
//	min, max   bounds of a duration or a number; min is required, and zero without a default
//	           means "not set"
//	why        reason for max
//	negative   "true": a negative value has a meaning of its own
//	option     name of the field of Options that is set from this one, if it differs
//	title      heading above the setting, or above the settings of an embedded struct
package settings

import (
	"cmp"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Setting is a declared setting and its value.
type Setting struct {
	Key, Help, Default string
	Field              string // its name in Go
	Title              string
	Min, Max, Why      string
	Negative           bool
	Secret, Sensitive  bool
	FileOnly           bool
	Path               bool // it names a file or a folder
	Commands           []string
	// Pointer points to the field.
	Pointer any
}

// Flag returns the name of the setting on the command line.
func (s Setting) Flag() string { return strings.ReplaceAll(s.Key, "_", "-") }

// Of returns the settings of the struct that v points to, in the order of the
// fields. Embedded structs are included, fields without a key are not.
func Of(v any) []Setting {
	structure := reflect.ValueOf(v).Elem()
	found, ok := declarations.Load(structure.Type())
	if !ok {
		found, _ = declarations.LoadOrStore(structure.Type(), declared(structure.Type(), nil, ""))
	}
	list := found.([]declaration)
	all := make([]Setting, len(list))
	for i, d := range list {
		all[i] = d.setting
		all[i].Commands = slices.Clone(d.setting.Commands)
		all[i].Pointer = structure.FieldByIndex(d.index).Addr().Interface()
	}
	return all
}

// declarations holds the declarations of each type that Of was called with: a
// []declaration by reflect.Type.
var declarations sync.Map

// A declaration is a setting without its Pointer, and the index of its field.
type declaration struct {
	setting Setting
	index   []int
}

// declared reads the tags of a struct type. Outer is the index of an embedded struct.
func declared(structure reflect.Type, outer []int, title string) []declaration {
	var all []declaration
	for i := range structure.NumField() {
		field := structure.Field(i)
		index := append(slices.Clone(outer), i)
		tag := field.Tag
		own := cmp.Or(tag.Get("title"), title)
		if field.Anonymous && field.Type.Kind() == reflect.Struct {
			all = append(all, declared(field.Type, index, own)...)
			continue
		}
		if tag.Get("key") == "" {
			continue
		}
		all = append(all, declaration{index: index, setting: Setting{
			Field: cmp.Or(tag.Get("option"), field.Name), Min: tag.Get("min"), Max: tag.Get("max"), Why: tag.Get("why"), Negative: tag.Get("negative") != "",
			Key: tag.Get("key"), Help: tag.Get("help"), Default: tag.Get("default"), Title: own,
			Secret: tag.Get("secret") != "", Sensitive: tag.Get("sensitive") != "", FileOnly: tag.Get("only") == "file", Path: tag.Get("path") != "",
			Commands: strings.Fields(tag.Get("commands")),
		}})
	}
	return all
}

// SetDefaults sets each field of the struct that v points to, if it is zero, to
// its default. A default that cannot be parsed is a bug, and SetDefaults panics.
func SetDefaults(v any) {
	for _, s := range Of(v) {
		if s.Default == "" || !reflect.ValueOf(s.Pointer).Elem().IsZero() {
			continue
		}
		if err := s.Parse(s.Default); err != nil {
			panic(fmt.Sprintf("default of %s: %v", s.Key, err))
		}
	}
}

// Text returns the value as a text, with the elements of a list separated by commas, or the
// number of its elements if they have several parts. Hidden is set if the value must not be
// shown; the text is then empty.
func (s Setting) Text() (text string, hidden bool) {
	value := reflect.ValueOf(s.Pointer).Elem()
	switch {
	case value.IsZero():
		return "", false
	case s.Secret || s.Sensitive:
		return "", true
	}
	switch v := value.Interface().(type) {
	case time.Duration:
		return shortDuration(v), false
	case []string:
		return strings.Join(v, ", "), false
	case []netip.Prefix:
		texts := make([]string, len(v))
		for i, prefix := range v {
			texts[i] = prefix.String()
		}
		return strings.Join(texts, ", "), false
	}
	switch value.Kind() {
	case reflect.Slice, reflect.Map:
		return strconv.Itoa(value.Len()), false
	case reflect.Func, reflect.Interface, reflect.Pointer, reflect.Struct:
		return "", false
	}
	return fmt.Sprint(value.Interface()), false
}

// shortDuration returns a duration as people write it, such as 1h.
func shortDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d != 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// IsDefault reports whether the value is the default.
func (s Setting) IsDefault() bool {
	value := reflect.ValueOf(s.Pointer).Elem()
	other := reflect.New(value.Type())
	if s.Default != "" {
		s.Pointer = other.Interface()
		if s.Parse(s.Default) != nil {
			return false
		}
	}
	return reflect.DeepEqual(value.Interface(), other.Elem().Interface())
}

// Parse sets the setting to the value that text describes.
func (s Setting) Parse(text string) error {
	switch field := s.Pointer.(type) {
	case *string:
		*field = text
	case *bool:
		value, err := ParseBool(text)
		if err != nil {
			return err
		}
		*field = value
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		*field = n
	case *time.Duration:
		d, err := ParseDuration(text)
		if err != nil {
			return err
		}
		*field = d
	case *[]netip.Prefix, *[]string:
		return s.ParseList(SplitList(text))
	default:
		return fmt.Errorf("a setting of type %T cannot be set from text", s.Pointer)
	}
	return nil
}

// ParseBool parses a truth value, such as true, yes or 1.
func ParseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off", "":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

// SplitList returns the elements of a list that are separated by commas or spaces.
func SplitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// ParseList sets a setting that is a list.
func (s Setting) ParseList(texts []string) error {
	if field, ok := s.Pointer.(*[]string); ok {
		*field = texts
		return nil
	}
	field, ok := s.Pointer.(*[]netip.Prefix)
	if !ok {
		return fmt.Errorf("a setting of type %T is not a list", s.Pointer)
	}
	var networks []netip.Prefix
	for _, text := range texts {
		network, err := parseNetwork(text)
		if err != nil {
			return err
		}
		networks = append(networks, network)
	}
	*field = networks
	return nil
}

// parseNetwork parses a network, or an address as the network of one address.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an IP address nor a network like 10.0.0.0/8", text)
	}
	return network, nil
}

package validate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Bounds on the metadata of an application, a person or a token. It is read with each
// of them, so it must stay small.
const (
	MaxMetadata        = 4096 // bytes, without white space between the tokens
	MaxMetadataMembers = 100  // members and elements of all objects and lists together
	MaxMetadataDepth   = 5    // levels of nested objects and lists
)

// Metadata returns what is wrong with the metadata of an application, a person or a
// token, or nil. It must be empty, or a JSON object (RFC 8259) within the bounds. No
// object can have two members with the same name. The messages contain neither names nor
// values of members.
func Metadata(field string, text json.RawMessage) FieldErrors {
	if len(text) == 0 {
		return nil
	}
	var compact bytes.Buffer
	if !utf8.Valid(text) || json.Compact(&compact, text) != nil || compact.Bytes()[0] != '{' {
		return Field(field, `The metadata must be a JSON object, such as {"plan": "gold"}.`).WithCode("metadata_object", "example", `{"plan": "gold"}`)
	}
	if compact.Len() > MaxMetadata {
		return Field(field, "The metadata has %d bytes. It can have at most %d.", compact.Len(), MaxMetadata).WithCode("metadata_size", "size", compact.Len(), "max", MaxMetadata)
	}
	r := metadataReader{json.NewDecoder(&compact), 0}
	r.UseNumber()
	switch err := r.value(1); {
	case errors.Is(err, errMetadataDepth):
		return Field(field, "%s", err.Error()).WithCode("metadata_depth", "max", MaxMetadataDepth)
	case errors.Is(err, errMetadataMembers):
		return Field(field, "%s", err.Error()).WithCode("metadata_members", "max", MaxMetadataMembers)
	case errors.Is(err, errMetadataTwice):
		return Field(field, "%s", err.Error()).WithCode("metadata_twice")
	case err != nil:
		return Field(field, "%s", err.Error())
	}
	return nil
}

var (
	errMetadataDepth   = fmt.Errorf("The metadata has more than %d levels of nested objects and lists.", MaxMetadataDepth)
	errMetadataMembers = fmt.Errorf("The metadata has more than %d members and elements.", MaxMetadataMembers)
	errMetadataTwice   = errors.New("An object in the metadata has two members with the same name.")
)

// metadataReader reads metadata that is valid JSON, and counts its members and elements.
type metadataReader struct {
	*json.Decoder
	count int
}

// value reads one value. depth is that of the value, if it is an object or a list.
func (r *metadataReader) value(depth int) error {
	token, err := r.Token()
	delimiter, composite := token.(json.Delim)
	if err != nil || !composite {
		return err
	}
	if depth > MaxMetadataDepth {
		return errMetadataDepth
	}
	names := make(map[any]bool)
	for r.More() {
		if r.count++; r.count > MaxMetadataMembers {
			return errMetadataMembers
		}
		if delimiter == '{' {
			name, err := r.Token()
			if err != nil {
				return err
			}
			if names[name] {
				return errMetadataTwice
			}
			names[name] = true
		}
		if err := r.value(depth + 1); err != nil {
			return err
		}
	}
	_, err = r.Token() // the closing delimiter
	return err
}

package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"time"
)

// A Sample is a page that was rendered with sample data.
type Sample struct {
	File string // such as "web/login.html"
	HTML string
	Err  error
}

// Samples renders the pages of the wanted files with sample data: with a value in each field if full is
// set, and otherwise with empty texts and lists.
func (p *Pages) Samples(full bool, wanted func(file string) bool) (samples []Sample) {
	set := p.set.Load()
	language := set.languages.list[0]
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/sample/"}}
	for _, name := range set.names() {
		sample := Sample{File: path.Join(p.part.Name, name+".html")}
		if !wanted(sample.File) {
			continue
		}
		view := View{Title: Plain("Sample")}
		if full {
			view.User, view.LogoutURL, view.Nav, view.Message = "Sample", "/sample/", []Link{{Text: Plain("Sample"), URL: "/sample/"}}, &Message{Kind: "info", Text: Plain("Sample")}
		}
		if data := dataType(p.part.Data[name]); data != nil {
			value := reflect.New(data)
			fillSample(value.Elem(), full, 0)
			view.Data = value.Interface()
			if data.Kind() != reflect.Struct {
				view.Data = value.Elem().Interface()
			}
		}
		parsed, err := set.page(p.part, name, language, view.Data)
		if err == nil {
			var body bytes.Buffer
			err = parsed.Execute(&body, p.ui.newPage(r, view, set.languages, language))
			sample.HTML = body.String()
		}
		if err != nil {
			sample.Err = fmt.Errorf("page %s: %w", sample.File, err)
		}
		samples = append(samples, sample)
	}
	return samples
}

// deepestSample limits the depth of the sample of a type that contains itself.
const deepestSample = 8

// fillSample sets a value to a sample of its type.
func fillSample(v reflect.Value, full bool, depth int) {
	if !v.CanSet() || depth > deepestSample {
		return
	}
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)))
		return
	case template.URL:
		v.SetString("https://sample.example/")
		return
	case template.HTMLAttr:
		v.SetString(`href="https://sample.example/"`)
		return
	case Text:
		if full {
			v.Set(reflect.ValueOf(Plain("sample text")))
		}
		return
	case json.RawMessage:
		v.SetBytes([]byte("{}"))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillSample(v.Elem(), full, depth+1)
	case reflect.Struct:
		for _, field := range v.Fields() {
			fillSample(field, full, depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fillSample(v.Index(i), full, depth+1)
		}
	default:
		if full {
			fillFullSample(v, depth)
		}
	}
}

// fillFullSample sets a value of a type that can be empty.
func fillFullSample(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("sample text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillSample(v.Index(0), true, depth+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillSample(key, true, depth+1)
		fillSample(value, true, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
}

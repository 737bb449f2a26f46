package provider

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"sync"
)

// compressor compresses texts and decompresses them. It reuses its writers and
// readers, because a new one costs more than the compression of a short text.
type compressor struct {
	level int
	// dictionary has texts that the compressed texts contain, or is empty.
	dictionary       []byte
	writers, readers sync.Pool
}

// compress appends the compressed text to the prefix.
func (c *compressor) compress(prefix, text []byte) ([]byte, error) {
	packed := bytes.NewBuffer(prefix)
	w, ok := c.writers.Get().(*flate.Writer)
	if ok {
		w.Reset(packed) // keeps the dictionary
	} else {
		var err error
		if w, err = flate.NewWriterDict(packed, c.level, c.dictionary); err != nil {
			return nil, err
		}
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	c.writers.Put(w)
	return packed.Bytes(), nil
}

// decode decompresses at most limit bytes of JSON into a value.
func (c *compressor) decode(packed []byte, limit int64, value any) error {
	r, ok := c.readers.Get().(io.ReadCloser)
	if !ok {
		r = flate.NewReaderDict(bytes.NewReader(packed), c.dictionary)
	} else if err := r.(flate.Resetter).Reset(bytes.NewReader(packed), c.dictionary); err != nil {
		return err
	}
	err := json.NewDecoder(io.LimitReader(r, limit)).Decode(value)
	c.readers.Put(r)
	return err
}

package api

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// schema is a JSON Schema as OpenAPI 3.1 has it (JSON Schema 2020-12), as far as our answers need it.
type schema struct {
	Ref                  string             `json:"$ref,omitempty"`
	Type                 any                `json:"type,omitempty"` // a name, or a name and "null"
	Format               string             `json:"format,omitempty"`
	Description          string             `json:"description,omitempty"`
	ContentEncoding      string             `json:"contentEncoding,omitempty"`
	ContentMediaType     string             `json:"contentMediaType,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // a bool, or a *schema
	Items                *schema            `json:"items,omitempty"`
	OneOf                []*schema          `json:"oneOf,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	MinLength            int                `json:"minLength,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	Minimum              *int64             `json:"minimum,omitempty"`
	Maximum              *int64             `json:"maximum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	Default              any                `json:"default,omitempty"`
	Examples             []string           `json:"examples,omitempty"`
}

// binarySchema is a body of octets.
func binarySchema() *schema {
	return &schema{Type: "string", Format: "binary", ContentMediaType: "application/octet-stream"}
}

// schemas makes schemas from the Go types that encoding/json writes. A struct with a name is made once and referred to.
type schemas struct {
	named map[string]*schema
	types map[string]reflect.Type
	err   error // the first type that has no schema
}

var (
	timeType      = reflect.TypeFor[time.Time]()
	numberType    = reflect.TypeFor[big.Int]() // written as digits of any number
	rawType       = reflect.TypeFor[json.RawMessage]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// of gives the schema of a type that is never null.
func (c *schemas) of(t reflect.Type) *schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return c.of(t.Elem())
	case t == timeType:
		return &schema{Type: "string", Format: "date-time"}
	case t == numberType:
		return &schema{Type: "integer"}
	case t == rawType || t.Implements(jsonMarshaler) || reflect.PointerTo(t).Implements(jsonMarshaler):
		return &schema{}
	case t.Implements(textMarshaler) || reflect.PointerTo(t).Implements(textMarshaler):
		return &schema{Type: "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return &schema{Type: "integer", Format: "int64"}
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Uint8, reflect.Uint16:
		return &schema{Type: "integer", Format: "int32"}
	case reflect.Float32, reflect.Float64:
		return &schema{Type: "number", Format: "double"}
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Interface:
		return &schema{}
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return &schema{Type: "string", ContentEncoding: "base64"}
		}
		return &schema{Type: "array", Items: c.nullable(t.Elem())}
	case reflect.Map:
		return &schema{Type: "object", AdditionalProperties: c.nullable(t.Elem())}
	case reflect.Struct:
		return c.structure(t)
	}
	if c.err == nil {
		c.err = fmt.Errorf("api: no schema for %s", t)
	}
	return &schema{}
}

// nullable gives the schema of a value that encoding/json writes as null where it is nil.
func (c *schemas) nullable(t reflect.Type) *schema {
	s := c.of(t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
	default:
		return s
	}
	switch name, ok := s.Type.(string); {
	case ok:
		s.Type = []string{name, "null"}
	case s.Ref != "":
		return &schema{OneOf: []*schema{s, {Type: "null"}}}
	}
	return s
}

// structure gives a reference to the schema of a struct, or the schema itself where the type has no name.
func (c *schemas) structure(t reflect.Type) *schema {
	name := exported(t.Name())
	if name == "" {
		return c.object(t)
	}
	ref := &schema{Ref: "#/components/schemas/" + name}
	if known, ok := c.types[name]; ok {
		if known != t && c.err == nil {
			c.err = fmt.Errorf("api: %s and %s would have one schema", known, t)
		}
		return ref
	}
	if c.types == nil {
		c.types, c.named = map[string]reflect.Type{}, map[string]*schema{}
	}
	c.types[name] = t // before its fields, which may refer to it
	c.named[name] = c.object(t)
	return ref
}

// exported is a name with a capital at the beginning.
func exported(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + name[n:]
}

// object gives the schema of a struct's own.
func (c *schemas) object(t reflect.Type) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
	c.fields(s, t)
	return s
}

// fields adds the fields of a struct as encoding/json writes them.
func (c *schemas) fields(s *schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			c.fields(s, f.Type)
			continue
		}
		if !f.IsExported() || tag == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		var p *schema
		if optional {
			p = c.of(f.Type)
		} else {
			p = c.nullable(f.Type)
			s.Required = append(s.Required, name)
		}
		p.Description = f.Tag.Get("doc")
		if e := f.Tag.Get("enum"); e != "" {
			p.Enum = strings.Split(e, ",")
		}
		if e := f.Tag.Get("example"); e != "" {
			p.Examples = []string{e}
		}
		s.Properties[name] = p
	}
}

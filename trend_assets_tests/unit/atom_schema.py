"""Atom 1.0 as a RELAX NG schema: the elements that we write, with RFC 4287's rules on which must be there, how often,
and what their text must look like (appendix B, without extension elements, which we don't write)."""

from lxml import etree

_SCHEMA = r"""
<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><ref name="feed"/></start>
  <define name="common">
    <optional><attribute name="lang" ns="http://www.w3.org/XML/1998/namespace"><text/></attribute></optional></define>
  <define name="uri"><data type="anyURI"><param name="pattern">[a-zA-Z][a-zA-Z0-9+.\-]*:.+</param></data></define>
  <define name="date"><data type="dateTime"><param name="pattern">.+T.+(Z|[+\-]\d\d:\d\d)</param></data></define>
  <define name="words">
    <choice>
      <group><optional><attribute name="type">
        <choice><value>text</value><value>html</value></choice></attribute></optional><text/></group>
    </choice>
  </define>
  <define name="person"><interleave>
    <element name="name"><data type="string"><param name="minLength">1</param></data></element>
    <optional><element name="uri"><ref name="uri"/></element></optional>
    <optional><element name="email"><text/></element></optional>
  </interleave></define>
  <define name="link"><element name="link">
    <attribute name="href"><ref name="uri"/></attribute>
    <optional><attribute name="rel">
      <choice><value>alternate</value><value>self</value><value>related</value></choice></attribute></optional>
    <optional><attribute name="type">
      <data type="string"><param name="pattern">.+/.+</param></data></attribute></optional>
    <optional><attribute name="title"><text/></attribute></optional>
    <empty/></element></define>
  <define name="category"><element name="category"><attribute name="term"><text/></attribute><empty/></element></define>
  <define name="feed"><element name="feed"><ref name="common"/><interleave>
    <oneOrMore><element name="author"><ref name="person"/></element></oneOrMore>
    <zeroOrMore><ref name="category"/></zeroOrMore>
    <optional><element name="generator">
      <data type="string"><param name="minLength">1</param></data></element></optional>
    <element name="id"><ref name="uri"/></element>
    <zeroOrMore><ref name="link"/></zeroOrMore>
    <optional><element name="subtitle"><ref name="words"/></element></optional>
    <element name="title"><ref name="words"/></element>
    <element name="updated"><ref name="date"/></element>
    <zeroOrMore><ref name="entry"/></zeroOrMore>
  </interleave></element></define>
  <define name="entry"><element name="entry"><interleave>
    <zeroOrMore><element name="author"><ref name="person"/></element></zeroOrMore>
    <zeroOrMore><ref name="category"/></zeroOrMore>
    <element name="content"><ref name="words"/></element>
    <element name="id"><ref name="uri"/></element>
    <zeroOrMore><ref name="link"/></zeroOrMore>
    <optional><element name="published"><ref name="date"/></element></optional>
    <optional><element name="summary"><ref name="words"/></element></optional>
    <element name="title"><ref name="words"/></element>
    <element name="updated"><ref name="date"/></element>
  </interleave></element></define>
</grammar>
"""

ATOM = etree.RelaxNG(etree.fromstring(_SCHEMA))

-- Addresses are found by what people type: full-width or not, by numbers of unit and room, by short names.

-- A text in its compatibility form, in small letters, without spaces: １２ＡＢ reads 12ab.
CREATE FUNCTION folded(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN replace(lower(normalize(given, NFKC)), ' ', '');

-- The number in a part of an address, without leading zeros: 3 of 3单元, 12 of 12号楼, a2 of A2座; else the letter of A座.
CREATE FUNCTION address_number(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN coalesce(
    ltrim(substring(lower(normalize(given, NFKC)) FROM '[a-z]?[0-9]+[a-z]?'), '0'),
    substring(lower(normalize(given, NFKC)) FROM '^[a-z]'));

DROP INDEX address_text;
-- search by any part of the text, three characters and more
CREATE INDEX address_folded ON address USING gin (folded(text) gin_trgm_ops);
-- search by numbers: 12-3-1001
CREATE INDEX address_numbers ON address (address_number(room), address_number(unit), address_number(building));
-- search by short names: the distinct values are read by hopping along the index
CREATE INDEX address_estate ON address (estate);
-- the same for roads
CREATE INDEX address_road ON address (road);
-- the same for communities
CREATE INDEX address_community ON address (community);

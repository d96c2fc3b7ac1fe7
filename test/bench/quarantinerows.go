package main

// quarantineSQL makes the quarantined events from %[1]d up to %[2]d of %[3]d, evenly over the last day: orders of about the usual size, most of
// them refused for a few reasons, and one in a thousand for one of 40 fields that nobody knows.
const quarantineSQL = `
insert into quarantine by name
select
	'shardId-000000000000' as _shard,
	'4960000000000000000' || lpad((i::hugeint * 1208925819614629174706176)::varchar, 37, '0') as _sequence,
	now() - interval 1 day + to_microseconds((i * (86400000000 // %[3]d))::bigint) as _arrived_at,
	case when h < 700 then 'length' when h < 850 then 'missing_field' when h < 950 then 'not_json' when h < 999 then 'no_contract' else 'unknown_field' end as reason,
	case when h < 700 then 'city' when h < 850 then 'country' when h < 999 then null else 'field_' || (i %% 40) end as field,
	'as the contract has it' as detail,
	case when h < 850 or h = 999 then 'orders' end as contract,
	'v1' as contract_version,
	'customer-' || (hash(i, 3) %% 100000) as partition_key,
	case when h < 850 or h = 999 then '{"id":' || (i + 1) || ',"order_id":"' || uuid() || '","customer_id":' || (hash(i, 4) %% 5000) ||
		',"product_name":"Walnut Side Table","product_quantity":3,"product_price":129.90,"phone_number":"+353 86 ' || (1000000 + hash(i, 5) %% 8999999) ||
		'","address":"' || (hash(i, 6) %% 300) || ' Harbour Street","city":"' || repeat('Dublin ', 20) || '","field_' || (i %% 40) || '":' || (hash(i, 7) %% 100) || '}'
		else 'no event ' || i || repeat(' of ours', 40) end as raw,
	null as raw_base64
from (select i, hash(i, 1) %% 1000 as h from range(%[1]d, %[2]d) t(i))`

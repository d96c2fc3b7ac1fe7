package main

// orderRowsSQL makes the orders from %[1]d up to %[2]d of %[3]d, evenly over the last year, with about the products, customers and places
// that the dummy orders have.
const orderRowsSQL = `
insert into orders by name
select
	'shardId-000000000000' as _shard,
	'4960000000000000000' || lpad((i::hugeint * 1208925819614629174706176)::varchar, 37, '0') as _sequence,
	now() - interval 364 day + to_microseconds((i * (31449600000000 // %[3]d))::bigint) as _arrived_at,
	i + 1 as id,
	uuid() as order_id,
	1 + least(hash(i, 1) %% 5000, hash(i, 12) %% 5000)::bigint as customer_id,
	['Oak', 'Walnut', 'Linen', 'Brass', 'Wool', 'Ceramic', 'Pine', 'Steel', 'Amber', 'Ivory'][1 + (hash(i, 2) %% 10)::integer] || ' ' ||
		['Desk', 'Side', 'Wall', 'Kitchen', 'Travel', 'Small', 'Tall', 'Folding', 'Reading', 'Garden'][1 + (hash(i, 3) %% 10)::integer] || ' ' ||
		['Lamp', 'Table', 'Clock', 'Chair', 'Jug', 'Mug', 'Tray', 'Vase', 'Shelf', 'Throw'][1 + (hash(i, 4) %% 10)::integer] as product_name,
	(1 + hash(i, 5) %% 9)::integer as product_quantity,
	((100 + hash(i, 6) %% 49900) / 100.0)::decimal(12,2) as product_price,
	'+353 ** *** ' || lpad((hash(i, 7) %% 10000)::varchar, 4, '0') as phone_number,
	(1 + hash(i, 8) %% 300) || ' Harbour Street' as address,
	'City ' || (hash(i, 9) %% 60) as city,
	['Ireland', 'Portugal', 'Austria', 'France', 'Poland', 'Finland', 'Germany', 'Spain', 'Italy', 'Norway',
		'Sweden', 'Denmark', 'Netherlands', 'Belgium', 'Switzerland', 'United Kingdom', 'Greece', 'Hungary'][1 + (hash(i, 9) %% 18)::integer] as country,
	((1 + hash(i, 5) %% 9) * (100 + hash(i, 6) %% 49900) / 100.0)::decimal(12,2) as order_cost,
	_arrived_at as order_date,
	_arrived_at as generate_date
from range(%[1]d, %[2]d) t(i)`

// retailRowsSQL makes the order lines from %[1]d up to %[2]d of %[3]d, evenly over the last year, with about the products, customers, countries
// and cancellations that the real ones have: one in fifty cancelled, a quarter without a customer, nine of ten from one country.
const retailRowsSQL = `
insert into order_lines by name
select
	'shardId-000000000000' as _shard,
	'4960000000000000000' || lpad((i::hugeint * 1208925819614629174706176)::varchar, 37, '0') as _sequence,
	now() - interval 364 day + to_microseconds((i * (31449600000000 // %[3]d))::bigint) as _arrived_at,
	case when hash(i // 20, 1) %% 50 = 0 then 'C' else '' end || (536365 + i // 20) as invoice_no,
	(10000 + hash(i, 2) %% 3900)::varchar as stock_code,
	'PRODUCT NUMBER ' || (hash(i, 2) %% 3900) as description,
	(case when hash(i // 20, 1) %% 50 = 0 then -1 else 1 end * (1 + hash(i, 3) %% 24))::integer as quantity,
	_arrived_at as invoice_date,
	((40 + hash(i, 4) %% 1200) / 100.0)::decimal(12,3) as unit_price,
	case when hash(i // 20, 5) %% 4 = 0 then null else 12346 + (hash(i // 20, 6) %% 4300)::bigint end as customer_id,
	case when hash(i // 20, 7) %% 10 > 0 then 'United Kingdom' else
		['Germany', 'France', 'EIRE', 'Spain', 'Netherlands', 'Belgium', 'Switzerland', 'Portugal', 'Australia', 'Norway'][1 + (hash(i // 20, 8) %% 10)::integer] end as country,
	'made' as source_file,
	i + 1 as source_line,
	'made:' || i as source_id
from range(%[1]d, %[2]d) t(i)`

package cost

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// DefaultPrices is the text of the price list that comes with the program: a file to copy and change.
//
//go:embed prices.yaml
var DefaultPrices []byte

// Prices are list prices in US dollars, of one region at one date.
type Prices struct {
	Dated  string `yaml:"dated"`
	Region string `yaml:"region"`
	Source string `yaml:"source"`

	Provisioned struct {
		ShardHour             float64 `yaml:"shard_hour"`
		PutUnitsMillion       float64 `yaml:"put_units_million"`
		ExtendedShardHour     float64 `yaml:"extended_retention_shard_hour"`
		LongRetentionGiBMonth float64 `yaml:"long_retention_gib_month"`
	} `yaml:"kinesis_provisioned"`
	OnDemand struct {
		StreamHour            float64 `yaml:"stream_hour"`
		InGiB                 float64 `yaml:"in_gib"`
		OutGiB                float64 `yaml:"out_gib"`
		ExtendedGiBMonth      float64 `yaml:"extended_retention_gib_month"`
		LongRetentionGiBMonth float64 `yaml:"long_retention_gib_month"`
	} `yaml:"kinesis_on_demand"`
	Advantage struct {
		InGiB  float64 `yaml:"in_gib"`
		OutGiB float64 `yaml:"out_gib"`
	} `yaml:"kinesis_advantage"`
	Firehose struct {
		Intake                      []Tier  `yaml:"intake"`
		PartitioningGiB             float64 `yaml:"dynamic_partitioning_gib"`
		PartitioningObjectsThousand float64 `yaml:"dynamic_partitioning_objects_thousand"`
	} `yaml:"firehose"`
	Lambda struct {
		RequestsMillion float64 `yaml:"requests_million"`
		GiBSecond       float64 `yaml:"gib_second"`
	} `yaml:"lambda"`
	S3 struct {
		PutThousand float64 `yaml:"put_thousand"`
		GiBMonth    float64 `yaml:"gib_month"`
	} `yaml:"s3"`
	CloudWatch struct {
		DashboardMonth float64 `yaml:"dashboard_month"`
		AlarmMonth     float64 `yaml:"alarm_month"`
		MetricMonth    float64 `yaml:"metric_month"`
		LogsGiB        float64 `yaml:"logs_gib"`
	} `yaml:"cloudwatch"`
	KMS struct {
		KeyMonth            float64 `yaml:"key_month"`
		RequestsTenThousand float64 `yaml:"requests_10_thousand"`
	} `yaml:"kms"`
	Snowflake struct {
		Credit             float64 `yaml:"credit"`
		SnowpipeCreditsGiB float64 `yaml:"snowpipe_credits_gib"`
	} `yaml:"snowflake"`
}

// Tier is a price per GiB up to a monthly volume; the last one has no end.
type Tier struct {
	UpToGiB float64 `yaml:"up_to_gib"` // 0: no end
	GiB     float64 `yaml:"gib"`
}

// ReadPrices reads a price list; an empty path gives the one that comes with the program. The error
// names what is missing, misspelled or negative.
func ReadPrices(path string) (Prices, error) {
	text := DefaultPrices
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return Prices{}, fmt.Errorf("reading the prices: %w", err)
		}
	}
	var p Prices
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return Prices{}, fmt.Errorf("the price list %s: %w", path, err)
	}
	if faults := append(missing(reflect.ValueOf(p), ""), p.tierFaults()...); len(faults) > 0 {
		return Prices{}, fmt.Errorf("the price list %s: %s; `penstock aws plan --print-prices` shows a whole one", path, strings.Join(faults, "; "))
	}
	return p, nil
}

// missing names the figures and texts that are not there, and the figures below 0: a price that was
// left out must not count as free.
func missing(v reflect.Value, path string) []string {
	var faults []string
	for i := range v.NumField() {
		name := strings.TrimPrefix(path+"."+v.Type().Field(i).Tag.Get("yaml"), ".")
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			faults = append(faults, missing(f, name)...)
		case reflect.Float64:
			if f.Float() <= 0 {
				faults = append(faults, name+" needs a price above 0")
			}
		default:
			if f.Len() == 0 {
				faults = append(faults, name+" is missing")
			}
		}
	}
	return faults
}

func (p Prices) tierFaults() []string {
	var faults []string
	from := 0.0
	for i, t := range p.Firehose.Intake {
		last := i == len(p.Firehose.Intake)-1
		switch {
		case t.GiB <= 0:
			faults = append(faults, fmt.Sprintf("tier %d of firehose.intake needs a price above 0", i+1))
		case last != (t.UpToGiB == 0), !last && t.UpToGiB <= from:
			faults = append(faults, "the tiers of firehose.intake must grow, and only the last has no up_to_gib")
		}
		from = t.UpToGiB
	}
	return faults
}

// tiered is the price of a volume that is billed in tiers.
func tiered(tiers []Tier, gib float64) float64 {
	var usd, from float64
	for _, t := range tiers {
		to := gib
		if t.UpToGiB > 0 {
			to = min(gib, t.UpToGiB)
		}
		usd += max(0, to-from) * t.GiB
		from = max(from, to)
	}
	return usd
}

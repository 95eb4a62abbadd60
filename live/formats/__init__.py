"""The formats that phones speak, one file each; all of them end in `live.fix.Fix`."""

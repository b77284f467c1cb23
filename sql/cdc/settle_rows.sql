-- No slice that is still to come can take these rows back. $1 the map.
update ops.cdc_row set slice = 0, before_image = null, before_at_us = null where map_id = $1 and slice > 0

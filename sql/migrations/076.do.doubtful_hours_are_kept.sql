-- Demand is learnt from four weeks, and the hours in which a product was missing are no part of what it could have sold.
comment on table state.availability_hour is
  'Hours in which a product was more likely missing than not: their sales are censored demand. Hours that are not here were fine. Kept for thirty days.';
comment on column state.demand_profile.units_per_day is
  'Units on a usual day without a stock-out, moved to the mean of store and category as far as the history is thin. The mean over the weekdays of state.demand_pattern.';

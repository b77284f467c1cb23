-- Functions that the files of sql/jobs create under other names now: databases that were migrated before still have the old ones.

drop function if exists ops.ask_for_counts;
drop function if exists ops.tell_movement;
drop function if exists ops.tell_purchase_order;
drop function if exists ops.tell_restock_plan;
drop function if exists ops.tell_supplier_plan;

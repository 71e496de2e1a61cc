--> statement-breakpoint
CREATE FUNCTION count_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stock_levels AS level (warehouse_id, product_id, quantity)
  VALUES (new.warehouse_id, new.product_id, new.change)
  ON CONFLICT (warehouse_id, product_id) DO UPDATE SET quantity = level.quantity + new.change;
  RETURN new;
END $$;
--> statement-breakpoint
CREATE TRIGGER stock_movements_count AFTER INSERT ON stock_movements
  FOR EACH ROW EXECUTE FUNCTION count_stock();

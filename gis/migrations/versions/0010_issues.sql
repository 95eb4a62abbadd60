-- Issues (事件): what they are called, how long they may take, and what happened to each.

CREATE TABLE issue_group (
  code text PRIMARY KEY CHECK (code ~ '^[0-9]{2}$'),
  name_zh text NOT NULL,
  name_en text NOT NULL
);

-- The classes are data: an administrator edits them and adds some of their own. `unit` is who usually handles it;
-- restricted ones are seen by named roles only; urgent ones go to the top at once.
CREATE TABLE issue_class (
  code text PRIMARY KEY CHECK (code ~ '^[0-9]{4}$'),
  group_code text NOT NULL REFERENCES issue_group (code),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  unit text NOT NULL DEFAULT '',
  restricted boolean NOT NULL DEFAULT false,
  urgent boolean NOT NULL DEFAULT false,
  enabled boolean NOT NULL DEFAULT true
);

INSERT INTO issue_group (code, name_zh, name_en) VALUES
  ('01', '市容环境', 'City appearance'),
  ('02', '宣传广告', 'Advertising'),
  ('03', '施工管理', 'Building sites'),
  ('04', '突发事件', 'Emergencies'),
  ('05', '街面秩序', 'Street order'),
  ('21', '扩展', 'Local classes');
INSERT INTO issue_class (code, group_code, name_zh, name_en, unit, restricted, urgent) VALUES
  ('0101', '01', '私搭乱建', 'Unauthorised building', '城管执法中队', false, false),
  ('0102', '01', '暴露垃圾', 'Exposed rubbish', '环卫所', false, false),
  ('0103', '01', '积存垃圾渣土', 'Heaped rubbish and rubble', '环卫所', false, false),
  ('0104', '01', '道路不洁', 'Dirty road', '环卫所', false, false),
  ('0105', '01', '水域不洁', 'Dirty water', '水利站', false, false),
  ('0106', '01', '绿地脏乱', 'Untidy green space', '园林所', false, false),
  ('0107', '01', '废弃车辆', 'Abandoned vehicle', '城管执法中队', false, false),
  ('0108', '01', '废弃家具设备', 'Abandoned furniture', '城管执法中队', false, false),
  ('0109', '01', '非装饰性树挂', 'Litter in trees', '城管执法中队', false, false),
  ('0110', '01', '道路破损', 'Damaged road', '市政所', false, false),
  ('0111', '01', '河堤破损', 'Damaged embankment', '水利站', false, false),
  ('0112', '01', '道路遗撒', 'Spill on the road', '环卫所', false, false),
  ('0113', '01', '建筑物外立面不洁', 'Dirty façade', '城管执法中队', false, false),
  ('0114', '01', '水域秩序问题', 'Disorder on the water', '水利站', false, false),
  ('0115', '01', '焚烧垃圾树叶', 'Burning of rubbish or leaves', '城管执法中队', false, false),
  ('0116', '01', '油烟污染', 'Cooking fumes', '城管执法中队', false, false),
  ('0117', '01', '动物尸体清理', 'Dead animal', '环卫所', false, false),
  ('0118', '01', '擅自饲养家禽家畜', 'Poultry or livestock', '社区居委会', false, false),
  ('0199', '01', '其他（市容环境）', 'Other: city appearance', '城管执法中队', false, false),
  ('0201', '02', '非法小广告', 'Illegal stickers', '城管执法中队', false, false),
  ('0202', '02', '违章张贴悬挂广告牌匾', 'Unauthorised signs or banners', '城管执法中队', false, false),
  ('0203', '02', '占道广告牌', 'Signs on the pavement', '城管执法中队', false, false),
  ('0204', '02', '街头散发广告', 'Handing out leaflets', '城管执法中队', false, false),
  ('0205', '02', '广告招牌破损', 'Damaged sign', '城管执法中队', false, false),
  ('0301', '03', '施工扰民', 'Noise of building work', '住建办', false, false),
  ('0302', '03', '工地扬尘', 'Dust of a building site', '住建办', false, false),
  ('0303', '03', '施工废弃料', 'Building waste left behind', '住建办', false, false),
  ('0304', '03', '施工占道', 'Building work on the road', '住建办', false, false),
  ('0305', '03', '无证掘路', 'Digging without a permit', '住建办', false, false),
  ('0399', '03', '其他（施工管理）', 'Other: building sites', '住建办', false, false),
  ('0401', '04', '路面塌陷', 'Road collapse', '应急办', false, true),
  ('0402', '04', '自来水管破裂', 'Burst water main', '自来水公司', false, true),
  ('0403', '04', '燃气管道破裂', 'Gas leak', '燃气公司', false, true),
  ('0404', '04', '下水道堵塞或破损', 'Blocked or broken sewer', '市政所', false, false),
  ('0405', '04', '热力管道破裂', 'Burst heating pipe', '热力公司', false, true),
  ('0406', '04', '道路积水', 'Flooded road', '市政所', false, false),
  ('0407', '04', '道路积雪结冰', 'Snow or ice on the road', '环卫所', false, false),
  ('0408', '04', '架空线缆损坏', 'Damaged overhead line', '供电所', false, false),
  ('0409', '04', '群发性事件', 'Crowd incident', '派出所', true, true),
  ('0499', '04', '其他（突发事件）', 'Other emergency', '应急办', false, true),
  ('0501', '05', '无照经营游商', 'Unlicensed vendor', '城管执法中队', false, false),
  ('0502', '05', '流浪乞讨', 'Vagrancy and begging', '民政办', false, false),
  ('0503', '05', '占道废品收购', 'Scrap dealing on the road', '城管执法中队', false, false),
  ('0504', '05', '店外经营', 'Trading outside the shop', '城管执法中队', false, false),
  ('0505', '05', '机动车乱停放', 'Cars parked wrongly', '交警中队', false, false),
  ('0506', '05', '非机动车乱停放', 'Bicycles parked wrongly', '城管执法中队', false, false),
  ('0507', '05', '乱堆物堆料', 'Goods heaped up', '城管执法中队', false, false),
  ('0508', '05', '商业噪音', 'Commercial noise', '城管执法中队', false, false),
  ('0509', '05', '黑车拉客', 'Illegal taxis', '交警中队', false, false),
  ('0510', '05', '露天烧烤', 'Open-air barbecue', '城管执法中队', false, false),
  ('0511', '05', '沿街晾挂', 'Laundry along the street', '城管执法中队', false, false),
  ('0512', '05', '非法出版物销售', 'Illegal publications', '文化执法队', false, false),
  ('0513', '05', '空调室外机低挂', 'Low air conditioner', '城管执法中队', false, false),
  ('0599', '05', '其他（街面秩序）', 'Other: street order', '城管执法中队', false, false),
  ('2101', '21', '占用消防通道', 'Fire lane blocked', '消防站', false, false),
  ('2102', '21', '电动车进楼入户', 'E-bike inside a building', '消防站', false, false),
  ('2103', '21', '高空抛物', 'Objects thrown from height', '社区居委会', false, true),
  ('2104', '21', '矛盾纠纷', 'Dispute', '人民调解委员会', true, false),
  ('2105', '21', '独居老人关爱', 'Care for the elderly living alone', '民政办', true, false),
  ('2106', '21', '物业服务', 'Property management', '物业公司', false, false),
  ('2107', '21', '公共设施损坏', 'Damaged public facility', '市政所', false, false);

-- How long a step may take. Rows without a class are what counts for all; a set is switched on for areas.
CREATE TABLE issue_limit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_set text NOT NULL DEFAULT 'standard',
  class text REFERENCES issue_class (code),
  step text NOT NULL CHECK (step IN ('answer', 'arrive', 'handle', 'plan', 'check', 'rate')),
  amount integer NOT NULL CHECK (amount > 0),
  unit text NOT NULL CHECK (unit IN ('minute', 'hour', 'working_hour', 'working_day'))
);
-- one limit for each step of a class, or of all classes
CREATE UNIQUE INDEX issue_limit_step ON issue_limit (rule_set, coalesce(class, ''), step);
INSERT INTO issue_limit (rule_set, class, step, amount, unit) VALUES
  ('standard', NULL, 'answer', 2, 'working_hour'), ('standard', NULL, 'handle', 3, 'working_day'),
  ('standard', NULL, 'check', 1, 'working_day'), ('standard', NULL, 'rate', 2, 'working_day'),
  ('standard', '0401', 'handle', 4, 'hour'), ('standard', '0402', 'handle', 8, 'hour'),
  ('standard', '0403', 'answer', 5, 'minute'), ('standard', '0403', 'handle', 2, 'hour'),
  ('standard', '0102', 'handle', 4, 'working_hour'), ('standard', '0201', 'handle', 1, 'working_day'),
  ('2341', NULL, 'answer', 20, 'minute'), ('2341', NULL, 'arrive', 30, 'minute'),
  ('2341', NULL, 'handle', 4, 'hour'), ('2341', NULL, 'plan', 24, 'hour');

-- The areas where a set counts, with everything below them; elsewhere it is `standard`.
CREATE TABLE issue_rule_area (
  area_id bigint PRIMARY KEY REFERENCES area (id) ON DELETE CASCADE,
  rule_set text NOT NULL
);

CREATE TABLE issue (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  client_id text UNIQUE,
  text text NOT NULL,
  source text NOT NULL,
  class text NOT NULL REFERENCES issue_class (code),
  confidence real NOT NULL,
  candidates jsonb NOT NULL,
  words text[] NOT NULL DEFAULT '{}',
  state text NOT NULL CHECK (state IN ('待处理', '待核查', '待评价', '已归档')),
  urgent boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  reported_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  closed_at timestamptz,
  reporter_id bigint REFERENCES account (id) ON DELETE SET NULL,
  worker_id text REFERENCES worker (id) ON DELETE SET NULL,
  handler_id bigint REFERENCES account (id) ON DELETE SET NULL,
  unit text NOT NULL DEFAULT '',
  grid_id bigint REFERENCES grid_code (id),
  building_id bigint,
  address_id bigint,
  place text,
  result text,
  rating text CHECK (rating IN ('满意', '基本满意', '不满意', '未联系')),
  returns integer NOT NULL DEFAULT 0,
  merged_into bigint REFERENCES issue (id),
  -- step -> moment; what has passed or has no limit isn't there
  deadlines jsonb NOT NULL DEFAULT '{}',
  area_id bigint REFERENCES area (id),
  geom geometry(Point, 4326) NOT NULL,
  geom_3857 geometry(Point, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED
);
-- tiles, and what was reported near a place
CREATE INDEX issue_geom_3857 ON issue USING gist (geom_3857);
-- lists and counts of the open ones within the scope
CREATE INDEX issue_area_state ON issue (area_id, state, reported_at DESC);
-- lists, newest first
CREATE INDEX issue_reported_at ON issue (reported_at DESC);
-- a worker's tasks
CREATE INDEX issue_worker ON issue (worker_id, state);
-- a handling unit's tasks
CREATE INDEX issue_handler ON issue (handler_id, state);

-- Each step, appended: who did what when, and why.
CREATE TABLE issue_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  issue_id bigint NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
  action text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  actor_id bigint REFERENCES account (id) ON DELETE SET NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  note text NOT NULL DEFAULT '',
  details jsonb NOT NULL DEFAULT '{}'
);
-- the history of an issue
CREATE INDEX issue_event_issue ON issue_event (issue_id, id);
-- corrections of the class, to learn from
CREATE INDEX issue_event_reclassified ON issue_event (id) WHERE action = 'reclassify';

-- Photos lie outside the database, named by their hash; what the camera said of place and time is kept here only.
CREATE TABLE issue_photo (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  issue_id bigint NOT NULL REFERENCES issue (id) ON DELETE CASCADE,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  width integer NOT NULL,
  height integer NOT NULL,
  stage text NOT NULL CHECK (stage IN ('report', 'result')),
  added_by bigint REFERENCES account (id) ON DELETE SET NULL,
  added_at timestamptz NOT NULL,
  taken_at timestamptz,
  taken_lon double precision,
  taken_lat double precision,
  UNIQUE (issue_id, sha256)
);

CREATE TRIGGER outbox_insert AFTER INSERT ON issue REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note('issues', 'id', '');
CREATE TRIGGER outbox_update AFTER UPDATE ON issue REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note('issues', 'id', '');
CREATE TRIGGER outbox_delete AFTER DELETE ON issue REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note('issues', 'id', '');
CREATE TRIGGER outbox_truncate AFTER TRUNCATE ON issue
  FOR EACH STATEMENT EXECUTE FUNCTION outbox_note_truncate('issues');
CREATE TRIGGER place_insert BEFORE INSERT ON issue FOR EACH ROW
  WHEN (NEW.area_id IS NULL) EXECUTE FUNCTION place_in_area();
